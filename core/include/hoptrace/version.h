/* The version of the headers that a program was compiled with, and of the library that it runs
 * with. */
#ifndef HT_HOPTRACE_VERSION_H
#define HT_HOPTRACE_VERSION_H

#include "hoptrace/export.h"

HT_BEGIN_C

/* MAJOR.MINOR.PATCH of these headers. The build reads the project's version here. */
#define HT_VERSION "0.1.0"

/* The library's HT_VERSION, static. It may be another one than the program's. */
HT_API const char *ht_version(void);

HT_END_C

#endif
