/* Any bytes as the hosts file: whatever stands there, a list in order, each address once, each name
 * one word; and every address of the list is found in it. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/hosts.h"
#include "dns/ptr.h"
#include "fuzz.h"

static void check_host(struct ht_hosts *hosts, size_t place)
{
    const struct ht_host *host = &hosts->list[place];
    size_t length = strlen(host->name);
    expect(length > 0 && length <= HT_HOSTNAME_MAX);
    expect(strcspn(host->name, " \t\r\f\v\n#") == length);
    expect(place == 0 || ht_address_compare(&hosts->list[place - 1].address, &host->address) < 0);
    expect(ht_hosts_find(hosts, &host->address, 0) == host->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The file is never looked at again: the list is that of the input alone. */
    struct ht_hosts hosts = {.check_ns = INT64_MAX};
    /* As long as the text and no longer: a sanitizer sees who reads beyond. */
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    ht_hosts_parse(&hosts, text);
    for (size_t i = 0; i < hosts.count; i++)
        check_host(&hosts, i);
    ht_hosts_fini(&hosts);
    return 0;
}
