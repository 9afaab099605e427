// The door to libcurl: its variadic functions with fixed argument types.
#pragma once
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

static inline int ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// After CURLOPT_POSTFIELDSIZE_LARGE; NULL for an empty body.
static inline CURLcode ccurl_set_copied_body(CURL *easy, const void *body) {
    return curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body ? body : "");
}

/// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode ccurl_set_data_callback(
    CURL *easy, CURLoption option, size_t (*callback)(char *, size_t, size_t, void *),
    void *data, CURLoption data_option) {
    curl_easy_setopt(easy, data_option, data);
    return curl_easy_setopt(easy, option, callback);
}
static inline CURLcode ccurl_set_open_socket(
    CURL *easy, curl_socket_t (*callback)(void *, curlsocktype, struct curl_sockaddr *), void *data) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, data);
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}
static inline CURLcode ccurl_set_before_request(
    CURL *easy, int (*callback)(void *, char *, char *, int, int), void *data) {
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, data);
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

/// The address by its family. libcurl keeps room for the longer form behind `addr`.
static inline const struct sockaddr_in *_Nonnull ccurl_address4(const struct curl_sockaddr *_Nonnull target) {
    return (const struct sockaddr_in *)(const void *)&target->addr;
}
static inline const struct sockaddr_in6 *_Nonnull ccurl_address6(const struct curl_sockaddr *_Nonnull target) {
    return (const struct sockaddr_in6 *)(const void *)&target->addr;
}

static inline long ccurl_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode ccurl_multi_set_callbacks(
    CURLM *multi, int (*socket)(CURL *, curl_socket_t, int, void *, void *),
    int (*timer)(CURLM *, long, void *), void *data) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, data);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, data);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
}

/// The next transfer that ended, with its result, or NULL.
static inline CURL *ccurl_next_done(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
