#include "plan_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "config/names.h"

struct joining {
    const struct plan_hosts *hosts;
    struct ht_target *targets; /* all, the repeated ones too */
    size_t count;
    bool *repeated; /* of each target */
    say_line *say;
    void *user;
    bool failed;
};

static void refuse_host(struct joining *joining, const char *host, const char *what)
{
    say_problem(joining->say, joining->user, SAY_ERROR, "HOST '%.300s': %s", host, what);
    joining->failed = true;
}

static void add(struct joining *joining, const char *host)
{
    struct ht_target *target = &joining->targets[joining->count++];
    *target = *joining->hosts->defaults;
    target->host = target->name = host;
}

/* A list has been checked line by line. */
static void add_all(struct joining *joining)
{
    const struct plan_hosts *hosts = joining->hosts;
    struct ht_error error;
    for (size_t i = 0; i < hosts->of_file_count; i++)
        joining->targets[joining->count++] = hosts->of_file[i];
    for (size_t i = 0; i < hosts->given_count; i++) {
        const char *host = hosts->given[i];
        if (ht_target_host_check(host, &error) != HT_OK ||
            ht_target_name_check(host, &error) != HT_OK)
            refuse_host(joining, host, error.text);
        add(joining, host);
    }
    for (size_t i = 0; i < hosts->listed_count; i++)
        add(joining, hosts->listed[i]);
}

/* Those whose names clash stand beside each other, the same name in the order of the targets. */
static int compare(const void *a, const void *b)
{
    const struct ht_target *left = *(const struct ht_target *const *)a;
    const struct ht_target *right = *(const struct ht_target *const *)b;
    int order = ht_target_names_compare(left->name, right->name);
    if (order == 0)
        order = strcmp(left->name, right->name);
    return order != 0 ? order : (left > right) - (left < right);
}

/* The records of a name must be those of one target. */
static void find_repeated(struct joining *joining, const struct ht_target *const *sorted)
{
    bool told = false;
    for (size_t i = 1; i < joining->count; i++) {
        const struct ht_target *before = sorted[i - 1];
        const char *host = sorted[i]->host;
        bool clash = ht_target_names_clash(before->name, sorted[i]->name);
        bool same =
            clash && strcmp(before->name, sorted[i]->name) == 0 && strcmp(before->host, host) == 0;
        if (clash && !same)
            refuse_host(joining, host,
                        strcmp(before->name, sorted[i]->name) == 0
                            ? "is also the name of another target"
                            : "is given more than once, as '/' becomes '_'");
        if (same && !told)
            say_problem(joining->say, joining->user, SAY_WARNING,
                        "HOST '%.300s': is given more than once, and is one target", host);
        told = same;
        joining->repeated[sorted[i] - joining->targets] = same;
    }
}

static bool sort(struct joining *joining)
{
    const struct ht_target **sorted = calloc(joining->count, sizeof(const struct ht_target *));
    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < joining->count; i++)
        sorted[i] = &joining->targets[i];
    qsort(sorted, joining->count, sizeof(const struct ht_target *), compare);
    find_repeated(joining, sorted);
    free(sorted);
    return true;
}

static void drop_repeated(struct joining *joining)
{
    size_t kept = 0;
    for (size_t i = 0; i < joining->count; i++) {
        if (!joining->repeated[i])
            joining->targets[kept++] = joining->targets[i];
    }
    joining->count = kept;
}

int plan_hosts_join(const struct plan_hosts *hosts, struct ht_target **targets, size_t *count,
                    say_line *say, void *user)
{
    size_t most = hosts->of_file_count + hosts->given_count + hosts->listed_count;
    struct joining joining = {.hosts = hosts, .say = say, .user = user};
    joining.targets = calloc(most, sizeof *joining.targets);
    joining.repeated = calloc(most, sizeof *joining.repeated);
    bool good = joining.targets != NULL && joining.repeated != NULL;
    if (good) {
        add_all(&joining);
        good = sort(&joining);
        drop_repeated(&joining);
    }
    free(joining.repeated);
    *targets = joining.targets;
    *count = joining.count;
    if (!good)
        return HT_ERR_NOMEM;
    return joining.failed ? HT_ERR_INVALID : HT_OK;
}
