#include "reload.h"

#include <string.h>

#include "base/hash.h"
#include "config/keys.h"
#include "say.h"

/* What says which targets there are is read again; other settings of the process hold as long as it
 * lives. */
static bool is_fixed(const struct ht_key *key)
{
    const char *name = ht_key_name(key);
    return ht_key_scope(key) == HT_SCOPE_PROCESS && ht_key_in_file(key) &&
           strcmp(name, "targets_file") != 0 && strcmp(name, "shard") != 0;
}

static int make_digests(const struct ht_process_settings *process, uint64_t digests[HT_KEYS_MAX])
{
    static const uint64_t secret[2] = {5, 6};
    struct ht_text value = {0};
    const struct ht_key *key;
    for (size_t i = 0; (key = ht_key_at(i)) != NULL && !value.failed; i++) {
        if (!is_fixed(key))
            continue;
        ht_text_clear(&value);
        ht_key_append_value(key, process, &value);
        if (!value.failed)
            digests[i] = ht_siphash(secret, (const uint8_t *)value.data, value.length);
    }
    int code = value.failed ? HT_ERR_NOMEM : HT_OK;
    ht_text_fini(&value);
    return code;
}

int reload_init(struct reload *reload, const struct options *options, struct plan_input *input,
                const struct plan *plan)
{
    *reload = (struct reload){.options = options, .input = input};
    input->too_late = true;
    return make_digests(&plan->process, reload->digests);
}

/* HT_ERR_INVALID: one has changed without which the targets could not go on. */
static int tell_changes(const struct reload *reload, const uint64_t digests[HT_KEYS_MAX])
{
    int code = HT_OK;
    const struct ht_key *key;
    for (size_t i = 0; (key = ht_key_at(i)) != NULL; i++) {
        const char *name = ht_key_name(key);
        if (!is_fixed(key) || digests[i] == reload->digests[i])
            continue;
        if (strcmp(name, "trigger") == 0) {
            say_error("%s: has changed, which needs a new start", name);
            code = HT_ERR_INVALID;
        } else {
            say_warning("%s: has changed, which counts from the next start on", name);
        }
    }
    return code;
}

int reload_plan(const struct reload *reload, struct plan *plan)
{
    uint64_t digests[HT_KEYS_MAX] = {0};
    int code = plan_make(reload->options, reload->input, plan, say_to_stderr, NULL);
    if (code == HT_OK)
        code = make_digests(&plan->process, digests);
    if (code == HT_OK)
        code = tell_changes(reload, digests);
    if (code == HT_ERR_NOMEM)
        say_error("out of memory");
    if (code != HT_OK)
        say_error("the targets stay as they were");
    return code;
}
