// The door to libjpeg-turbo through its TurboJPEG API, which reports errors as values and never jumps.
#pragma once
#include <stdio.h>
#include <turbojpeg.h>
#include <jconfig.h>  // of libjpeg62-turbo-dev: the only place that names the version

#define CTURBOJPEG_TEXT(x) #x
#define CTURBOJPEG_TEXT_OF(x) CTURBOJPEG_TEXT(x)
static inline const char *_Nonnull cturbojpeg_version(void) { return CTURBOJPEG_TEXT_OF(LIBJPEG_TURBO_VERSION); }

static inline unsigned long cturbojpeg_no_size(void) { return (unsigned long)-1; }
