/* Any bytes as a configuration: no crash, no leak, and never silence about a refusal. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/file.h"
#include "config/names.h"
#include "fuzz.h"
#include "hoptrace.h"

static void require(int condition)
{
    if (!condition)
        abort();
}

static void count_line(void *user, const char *line)
{
    size_t *count = user;
    require(strncmp(line, "fuzz:", 5) == 0 && strchr(line, '\n') == NULL);
    (*count)++;
}

static void check_target(const struct ht_target *target)
{
    require(ht_target_name_check(target->name, NULL) == HT_OK);
    require(ht_target_host_check(target->host, NULL) == HT_OK);
    require(ht_settings_check(&target->settings, NULL) == HT_OK);
    for (size_t i = 0; i < target->tag_count; i++)
        require(target->tags[i].key[0] != '\0' && ht_text_is_utf8(target->tags[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct ht_config config;
    size_t problems = 0;
    int code = ht_config_read_text((const char *)data + 1, size - 1, "fuzz", (data[0] & 1) != 0,
                                   &config, count_line, &problems);
    require(code == (problems == 0 ? HT_OK : HT_ERR_INVALID));
    require(code == HT_OK || (config.targets == NULL && config.target_count == 0));
    for (size_t i = 0; config.targets != NULL && i < config.target_count; i++)
        check_target(&config.targets[i]);
    ht_config_fini(&config);
    return 0;
}
