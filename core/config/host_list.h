/* A list of targets: one HOST a line. From `#` to the end of the line is a comment; blanks around a
 * host, and lines without one, do not count. */
#ifndef HT_CONFIG_HOST_LIST_H
#define HT_CONFIG_HOST_LIST_H

#include <stddef.h>

#include "base/text.h"
#include "config/file.h"

struct ht_host_list {
    struct ht_text text; /* owned: the hosts are parts of it */
    const char **hosts;  /* owned; in the order of their lines, some perhaps more than once */
    size_t count;
};

/* Reads the list from the file, or from text that was read before, which is copied. `path` is its
 * name in what is told to `problem`: every host that cannot be one, and a list without any.
 * HT_OK: *list is to be freed with ht_host_list_fini. HT_ERR_INVALID: there were problems;
 * HT_ERR_NOMEM. *list is then empty. */
int ht_host_list_read_file(const char *path, struct ht_host_list *list, ht_config_problem *problem,
                           void *user);
int ht_host_list_read_text(const struct ht_text *text, const char *path, struct ht_host_list *list,
                           ht_config_problem *problem, void *user);

void ht_host_list_fini(struct ht_host_list *list);

#endif
