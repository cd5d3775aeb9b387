/* Errors as values: a code for the caller's decision, and a sentence for a person. */
#ifndef HT_HOPTRACE_ERROR_H
#define HT_HOPTRACE_ERROR_H

#include "hoptrace/export.h"

HT_BEGIN_C

enum ht_code {
    HT_OK = 0,
    HT_ERR_NOMEM = -1,       /* memory was refused */
    HT_ERR_INVALID = -2,     /* an argument or a setting is out of range or contradicts another */
    HT_ERR_PERMISSION = -3,  /* the operating system refused a privilege */
    HT_ERR_RESOLVE = -4,     /* a name has no address, or no name server told one in time */
    HT_ERR_UNREACHABLE = -5, /* no route, no such interface, address family not there */
    HT_ERR_SYSTEM = -6,      /* any other refusal of the operating system */
    HT_ERR_MALFORMED = -7    /* input that does not follow its format */
};

/* Bytes for one sentence with its terminator; a longer one is cut off. */
#define HT_ERROR_TEXT_MAX 256

struct ht_error {
    enum ht_code code;
    int sys_errno;                /* errno of the refused call, 0 if none */
    char text[HT_ERROR_TEXT_MAX]; /* what failed, on what, what to do; no newline at the end */
};

/* Fills *error (which may be NULL) and returns `code`, so that a function can end with
 * `return ht_error_set(error, HT_ERR_INVALID, "...")`. Arguments that the format does not use are
 * ignored; the text is always terminated. */
HT_API int ht_error_set(struct ht_error *error, enum ht_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As ht_error_set, keeps `sys_errno` and appends ": " and its description. The code is chosen
 * from the errno: ENOMEM, EPERM/EACCES, the "unreachable" family, else HT_ERR_SYSTEM. */
HT_API int ht_error_system(struct ht_error *error, int sys_errno, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

HT_END_C

#endif
