// The door to OpenJPEG: streams over memory, silent message handlers and parameters by name.
#pragma once
#include <openjpeg.h>
#include <string.h>

/* Memory that is read or written as a stream. */
typedef struct copenjpeg_memory {
    unsigned char *_Nullable base;
    size_t capacity;
    size_t count;
    size_t position;
} copenjpeg_memory;

static inline OPJ_SIZE_T copenjpeg_read(void *to, OPJ_SIZE_T count, void *data) {
    copenjpeg_memory *m = (copenjpeg_memory *)data;
    size_t left = m->count - m->position;
    if (left == 0) return (OPJ_SIZE_T)-1;
    if (count > left) count = left;
    memcpy(to, m->base + m->position, count);
    m->position += count;
    return count;
}
static inline OPJ_SIZE_T copenjpeg_write(void *from, OPJ_SIZE_T count, void *data) {
    copenjpeg_memory *m = (copenjpeg_memory *)data;
    if (count > m->capacity - m->position) return (OPJ_SIZE_T)-1;
    memcpy(m->base + m->position, from, count);
    m->position += count;
    if (m->position > m->count) m->count = m->position;
    return count;
}
static inline OPJ_BOOL copenjpeg_seek(OPJ_OFF_T position, void *data) {
    copenjpeg_memory *m = (copenjpeg_memory *)data;
    if (position < 0 || (size_t)position > m->count) return OPJ_FALSE;
    m->position = (size_t)position;
    return OPJ_TRUE;
}
static inline OPJ_OFF_T copenjpeg_skip(OPJ_OFF_T count, void *data) {
    copenjpeg_memory *m = (copenjpeg_memory *)data;
    if (count < 0 || (size_t)count > m->count - m->position) return -1;
    m->position += (size_t)count;
    return count;
}

/// A stream over `memory`, which must outlive it; NULL without memory.
static inline opj_stream_t *_Nullable copenjpeg_stream(copenjpeg_memory *_Nonnull memory, int is_input) {
    opj_stream_t *stream = opj_stream_create(64 * 1024, is_input ? OPJ_TRUE : OPJ_FALSE);
    if (!stream) return NULL;
    opj_stream_set_user_data(stream, memory, NULL);
    opj_stream_set_user_data_length(stream, is_input ? memory->count : 0);
    if (is_input) opj_stream_set_read_function(stream, copenjpeg_read);
    else opj_stream_set_write_function(stream, copenjpeg_write);
    opj_stream_set_seek_function(stream, copenjpeg_seek);
    opj_stream_set_skip_function(stream, copenjpeg_skip);
    return stream;
}

/* What the library said: how many errors and warnings there were, and the first of either in words. */
typedef struct copenjpeg_messages {
    int error_count;
    int warning_count;
    char first[160];
} copenjpeg_messages;

static inline void copenjpeg_on_error(const char *text, void *data) {
    copenjpeg_messages *m = (copenjpeg_messages *)data;
    if (m->error_count++ + m->warning_count == 0) strncpy(m->first, text, sizeof m->first - 1);
}
static inline void copenjpeg_on_warning(const char *text, void *data) {
    copenjpeg_messages *m = (copenjpeg_messages *)data;
    if (m->error_count + m->warning_count++ == 0) strncpy(m->first, text, sizeof m->first - 1);
}
static inline void copenjpeg_on_info(const char *text, void *data) {
    (void)text;
    (void)data;
}
static inline void copenjpeg_listen(opj_codec_t *_Nonnull codec, copenjpeg_messages *_Nonnull messages) {
    opj_set_error_handler(codec, copenjpeg_on_error, messages);
    opj_set_warning_handler(codec, copenjpeg_on_warning, messages);
    opj_set_info_handler(codec, copenjpeg_on_info, NULL);
}
static inline const char *_Nonnull copenjpeg_first_message(const copenjpeg_messages *_Nonnull messages) {
    return messages->first;
}

/// A decoder of raw codestreams, strict and on the calling thread; NULL without memory.
static inline opj_codec_t *_Nullable copenjpeg_decoder(copenjpeg_messages *_Nonnull messages) {
    opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
    if (!codec) return NULL;
    copenjpeg_listen(codec, messages);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE)
        && opj_codec_set_threads(codec, 0)) return codec;
    opj_destroy_codec(codec);
    return NULL;
}

/* The parameters that are not the library's defaults. */
typedef struct copenjpeg_parameters {
    int resolution_count;
    int uses_color_transform;
    /// 0: reversible and lossless.
    float psnr;
} copenjpeg_parameters;

/// An encoder of raw codestreams on the calling thread, set up for `image`; NULL when the library refuses.
static inline opj_codec_t *_Nullable copenjpeg_encoder(
    opj_image_t *_Nonnull image, copenjpeg_parameters wanted, copenjpeg_messages *_Nonnull messages) {
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    if (!codec) return NULL;
    copenjpeg_listen(codec, messages);
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.numresolution = wanted.resolution_count;
    parameters.tcp_mct = (char)wanted.uses_color_transform;
    parameters.tcp_numlayers = 1;
    parameters.irreversible = wanted.psnr > 0;
    parameters.cp_disto_alloc = wanted.psnr > 0 ? 0 : 1;
    parameters.cp_fixed_quality = wanted.psnr > 0;
    parameters.tcp_distoratio[0] = wanted.psnr;
    parameters.tcp_rates[0] = 0;
    if (opj_setup_encoder(codec, &parameters, image) && opj_codec_set_threads(codec, 0)) return codec;
    opj_destroy_codec(codec);
    return NULL;
}

static inline opj_image_t *_Nullable copenjpeg_image(
    unsigned columns, unsigned rows, unsigned components, unsigned precision, int is_signed) {
    opj_image_cmptparm_t parameters[3];
    memset(parameters, 0, sizeof parameters);
    for (unsigned i = 0; i < components && i < 3; i++) {
        parameters[i].dx = parameters[i].dy = 1;
        parameters[i].w = columns;
        parameters[i].h = rows;
        parameters[i].prec = precision;
        parameters[i].sgnd = is_signed ? 1 : 0;
    }
    opj_image_t *image = opj_image_create(
        components < 3 ? components : 3, parameters, components < 3 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB);
    if (!image) return NULL;
    image->x1 = columns;
    image->y1 = rows;
    return image;
}

static inline OPJ_INT32 *_Nullable copenjpeg_samples(const opj_image_t *_Nonnull image, unsigned component) {
    return component < image->numcomps ? image->comps[component].data : NULL;
}
