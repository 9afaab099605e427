/* Door to OpenSSL 3.0: what Swift cannot import (macros, type-safe stacks, variadic calls) as inline functions. No logic. */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

/* BIO */
static inline long copenssl_bio_mem_data(BIO *b, char **data) { return BIO_get_mem_data(b, data); }
static inline void copenssl_bio_retry_read(BIO *b) { BIO_set_retry_read(b); }
static inline void copenssl_bio_clear_retry(BIO *b) { BIO_clear_retry_flags(b); }

/* Keys */
static inline EVP_PKEY *copenssl_generate_rsa(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }
static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); }

/* Names and extensions */
static inline int copenssl_print_name(BIO *out, const X509_NAME *name) {
    return X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}
static inline GENERAL_NAMES *copenssl_subject_alt_names(const X509 *x) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
}
static inline int copenssl_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const GENERAL_NAME *copenssl_name_at(const GENERAL_NAMES *names, int i) { return sk_GENERAL_NAME_value(names, i); }
static inline void copenssl_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }
static inline const ASN1_STRING *copenssl_name_ia5(const GENERAL_NAME *name) { return name->d.ia5; }
static inline const ASN1_OCTET_STRING *copenssl_name_ip(const GENERAL_NAME *name) { return name->d.iPAddress; }
static inline void copenssl_context_without_database(X509V3_CTX *context) { X509V3_set_ctx_nodb(context); }
static inline STACK_OF(X509_EXTENSION) *copenssl_request_extensions(X509_REQ *r) { return X509_REQ_get_extensions(r); }
static inline int copenssl_extensions_count(const STACK_OF(X509_EXTENSION) *s) { return sk_X509_EXTENSION_num(s); }
static inline X509_EXTENSION *copenssl_extension_at(const STACK_OF(X509_EXTENSION) *s, int i) { return sk_X509_EXTENSION_value(s, i); }
static inline void copenssl_extensions_free(STACK_OF(X509_EXTENSION) *s) { sk_X509_EXTENSION_pop_free(s, X509_EXTENSION_free); }
static inline STACK_OF(X509_EXTENSION) *copenssl_extensions_new(void) { return sk_X509_EXTENSION_new_null(); }
static inline int copenssl_extensions_push(STACK_OF(X509_EXTENSION) *s, X509_EXTENSION *e) { return sk_X509_EXTENSION_push(s, e); }

/* Certificates in a stack */
static inline STACK_OF(X509) *copenssl_certificates_new(void) { return sk_X509_new_null(); }
static inline int copenssl_certificates_push(STACK_OF(X509) *s, X509 *x) { return sk_X509_push(s, x); }
static inline int copenssl_certificates_count(const STACK_OF(X509) *s) { return sk_X509_num(s); }
static inline X509 *copenssl_certificates_at(const STACK_OF(X509) *s, int i) { return sk_X509_value(s, i); }
static inline void copenssl_certificates_free(STACK_OF(X509) *s) { sk_X509_pop_free(s, X509_free); }

/* TLS contexts and connections */
static inline int copenssl_set_versions(SSL_CTX *c, int low, int high) {
    return SSL_CTX_set_min_proto_version(c, low) && SSL_CTX_set_max_proto_version(c, high);
}
static inline void copenssl_set_common_options(SSL_CTX *c) {
    SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(c, SSL_MODE_AUTO_RETRY);
}
static inline void copenssl_set_read_ahead(SSL_CTX *c, size_t bytes) {
    SSL_CTX_set_read_ahead(c, 1);
    SSL_CTX_set_default_read_buffer_len(c, bytes);
}
static inline void copenssl_set_session_cache_mode(SSL_CTX *c, long mode) { SSL_CTX_set_session_cache_mode(c, mode); }
static inline int copenssl_set_groups(SSL_CTX *c, const char *list) { return SSL_CTX_set1_groups_list(c, list); }
static inline int copenssl_add_chain_certificate(SSL_CTX *c, X509 *x) { return SSL_CTX_add1_chain_cert(c, x); }
static inline int copenssl_set_server_name(SSL *s, const char *name) { return SSL_set_tlsext_host_name(s, name); }
static inline SSL *copenssl_store_context_ssl(X509_STORE_CTX *c) {
    return (SSL *)X509_STORE_CTX_get_ex_data(c, SSL_get_ex_data_X509_STORE_CTX_idx());
}
static inline int copenssl_is_reading_header(const SSL *s) { return strcmp(SSL_rstate_string(s), "RH") == 0; }

/* GMAC with AES-128 and a nonce of zeros: one key guards one installation's blobs and its codes never leave it. */
#include <openssl/params.h>
static inline int copenssl_gmac_start(EVP_MAC_CTX *c, const unsigned char *key) {
    unsigned char nonce[12] = {0};
    OSSL_PARAM parameters[3] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)"AES-128-GCM", 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, nonce, sizeof nonce),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(c, key, 16, parameters);
}
