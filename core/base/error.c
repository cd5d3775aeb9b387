#define _GNU_SOURCE /* strerror_r that returns the text */
#include "hoptrace/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum ht_code code_of_errno(int sys_errno)
{
    switch (sys_errno) {
    case ENOMEM:
        return HT_ERR_NOMEM;
    case EPERM:
    case EACCES:
        return HT_ERR_PERMISSION;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENODEV:
    case ENXIO:
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL:
        return HT_ERR_UNREACHABLE;
    default:
        return HT_ERR_SYSTEM;
    }
}

int ht_error_set(struct ht_error *error, enum ht_code code, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        if (vsnprintf(error->text, sizeof error->text, format, arguments) < 0)
            error->text[0] = '\0';
        va_end(arguments);
        error->code = code;
        error->sys_errno = 0;
    }
    return code;
}

int ht_error_system(struct ht_error *error, int sys_errno, const char *format, ...)
{
    enum ht_code code = code_of_errno(sys_errno);
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        if (vsnprintf(error->text, sizeof error->text, format, arguments) < 0)
            error->text[0] = '\0';
        va_end(arguments);
        size_t used = strnlen(error->text, sizeof error->text - 1);
        char description[96];
        /* The GNU variant: may return a pointer to a constant instead of filling the buffer. */
        const char *text = strerror_r(sys_errno, description, sizeof description);
        if (snprintf(error->text + used, sizeof error->text - used, ": %s", text) < 0)
            error->text[used] = '\0';
        error->code = code;
        error->sys_errno = sys_errno;
    }
    return code;
}
