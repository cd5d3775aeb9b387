/* The system calls that measuring needs, and no others (seccomp). The one file that knows
 * libseccomp; a build without it lets all pass. */
#ifndef HT_EXEC_SYSTEM_CALLS_H
#define HT_EXEC_SYSTEM_CALLS_H

#include "hoptrace/error.h"

/* Refuses all other calls with EPERM for good; needs no_new_privs. The first refusal of each is a
 * line on stderr with its name: the list knows a C library's ways, and another one may have others.
 * So the process goes on without the call instead of ending. HT_OK, also where the build or the
 * kernel has no seccomp; HT_ERR_NOMEM, HT_ERR_SYSTEM. */
int system_calls_limit(struct ht_error *error);

#endif
