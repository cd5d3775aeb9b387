#include "base/sized.h"

#include <stdbool.h>
#include <string.h>

#include "hoptrace/version.h"

static bool is_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

int ht_sized_take(void *own, size_t own_size, const void *given, size_t size, size_t least,
                  const char *what, struct ht_error *error)
{
    if (size < least || size > HT_SIZED_MAX)
        return ht_error_set(error, HT_ERR_INVALID,
                            "%s: %zu bytes is the size of no version of this struct", what, size);
    if (size > own_size && !is_zero((const unsigned char *)given + own_size, size - own_size))
        return ht_error_set(error, HT_ERR_INVALID,
                            "%s: a member is set that libhoptrace %s does not know: the program "
                            "was compiled with a newer one",
                            what, HT_VERSION);
    memcpy(own, given, size < own_size ? size : own_size);
    return HT_OK;
}
