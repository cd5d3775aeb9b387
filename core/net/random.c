#include "net/random.h"

#include <errno.h>
#include <sys/random.h>

int ht_random(void *bytes, size_t length, struct ht_error *error)
{
    /* Up to 256 bytes come at once and whole; only before the system's pool is first filled can
     * a signal interrupt the wait. */
    ssize_t got;
    do {
        got = getrandom(bytes, length, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        ht_error_system(error, errno, "cannot get random bytes");
        return HT_ERR_SYSTEM;
    }
    if ((size_t)got != length)
        return ht_error_set(error, HT_ERR_SYSTEM, "cannot get %zu random bytes at once", length);
    return HT_OK;
}
