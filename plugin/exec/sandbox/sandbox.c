#include "sandbox.h"

#include "attacker.h"
#include "system_calls.h"

/* The file rules first: the calls that make them are none that measuring needs. */
int sandbox_close(const struct file_access *access, struct ht_error *error)
{
    struct ht_error wrong;
    int code = file_access_limit(access, error);
    int calls = system_calls_limit(&wrong);
    if (code == HT_OK && calls != HT_OK) {
        *error = wrong;
        code = calls;
    }
    attacker_try();
    return code;
}
