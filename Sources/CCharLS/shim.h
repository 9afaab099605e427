// The door to CharLS through its C API.
#pragma once
#include <charls/charls.h>
