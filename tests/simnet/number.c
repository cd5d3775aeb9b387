#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_whole(const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
    char *end;

    if (*text < '0' || *text > '9') /* strtoull takes signs and spaces */
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *number >= low && *number <= high;
}

bool number_real(const char *text, double low, double high, double *number)
{
    char *end;

    if (*text == '\0' || text[strspn(text, "0123456789.")] != '\0')
        return false;
    *number = strtod(text, &end);
    return *end == '\0' && *number >= low && *number <= high;
}

/* Cuts the text at a sign into two parts; without it both are the whole. */
static bool cut(const char *text, char sign, char left[32], const char **right)
{
    const char *place = strchr(text, sign);
    size_t length = place ? (size_t)(place - text) : strlen(text);

    if (length >= 32)
        return false;
    memcpy(left, text, length);
    left[length] = '\0';
    *right = place ? place + 1 : text;
    return true;
}

bool number_range(const char *text, double low, double high, double *from, double *to)
{
    char left[32];
    const char *right;

    return cut(text, '-', left, &right) && number_real(left, low, high, from) &&
           number_real(right, low, high, to) && *from <= *to;
}

bool number_rate(const char *text, double *per_second, double *burst)
{
    char left[32];
    const char *right;

    if (!cut(text, '/', left, &right) || !number_real(left, 0, 1e9, per_second) ||
        !number_real(right, 0, 1e9, burst))
        return false;
    if (*burst < 1)
        *burst = 1;
    return true;
}
