#include "paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_hop(struct path *path, const char *word)
{
    if (path->hop_count == PATH_HOPS_MAX)
        return false;
    struct ht_address *hop = &path->hops[path->hop_count++];
    *hop = (struct ht_address){.version = HT_IP_NONE};
    return strcmp(word, "*") == 0 || ht_address_parse(word, hop);
}

static bool read_path(struct path *path, char *line)
{
    char *rest = NULL;
    *path = (struct path){0};
    const char *host = strtok_r(line, " \n", &rest);
    const char *address = strtok_r(NULL, " \n", &rest);
    if (address == NULL || !ht_address_parse(address, &path->address))
        return false;
    (void)snprintf(path->host, sizeof path->host, "%s", host);
    (void)snprintf(path->text, sizeof path->text, "%s", address);
    bool good = true;
    for (const char *word; good && (word = strtok_r(NULL, " \n", &rest)) != NULL;)
        good = read_hop(path, word);
    return good && path->hop_count > 0;
}

bool paths_read(struct paths *paths, const char *file)
{
    char line[4096];
    bool good = true;
    *paths = (struct paths){0};
    FILE *stream = fopen(file, "r");
    while (good && stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        struct path *items = realloc(paths->items, (paths->count + 1) * sizeof *items);
        good = items != NULL;
        if (good) {
            paths->items = items;
            good = read_path(&items[paths->count++], line);
        }
    }
    if (stream != NULL)
        (void)fclose(stream);
    return good && paths->count > 0;
}

void paths_fini(struct paths *paths)
{
    free(paths->items);
    *paths = (struct paths){0};
}

static const char *compare_hop(const struct ht_address *truth, const struct ht_hop *hop)
{
    if (truth->version == HT_IP_NONE)
        return hop->node_count == 0 ? NULL : "a silent hop has an address";
    if (hop->node_count == 0)
        return "a hop is missing";
    if (hop->node_count > 1 || !ht_address_equal(&hop->nodes[0].facts.address, truth))
        return "a hop is another one";
    return hop->received == hop->sent ? NULL : "a hop shows loss";
}

const char *path_compare(const struct path *path, const struct ht_report *report)
{
    if (report->status != HT_STATUS_REACHED)
        return report->error != NULL ? report->error : ht_stop_reason_name(report->stop_reason);
    if (!ht_address_equal(&report->address, &path->address))
        return "the address is another one";
    if (report->listed_hops != path->hop_count)
        return "the number of hops is another one";
    for (size_t i = 0; i < path->hop_count; i++) {
        const char *wrong = compare_hop(&path->hops[i], &report->hops[i]);
        if (wrong != NULL)
            return wrong;
    }
    return report->loss_percent == 0 ? NULL : "the destination shows loss";
}
