/* The configuration file (libconfig syntax) -> targets and options of the process. */
#ifndef HT_CONFIG_FILE_H
#define HT_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/settings.h"

struct ht_config {
    struct ht_target *targets; /* settings: built-in, then `defaults`, then the target's own */
    size_t target_count;
    struct ht_target defaults; /* settings and tags for HOSTs of the command line; no host */
    bool has_pps;
    uint32_t pps;
    bool has_deadline;
    int64_t deadline_ns;
    struct ht_config_memory *memory; /* owns all strings and tags */
};

/* Receives one problem: a line without newline, "FILE:LINE: KEY: what is wrong". */
typedef void ht_config_problem(void *user, const char *line);

/* Reads the file, telling `problem` of everything that is wrong, not only the first.
 * `need_targets`: an empty or missing `targets` is a problem. HT_OK: *config is complete, to be
 * freed with ht_config_fini. HT_ERR_INVALID: there were problems; HT_ERR_NOMEM. *config is then
 * empty. */
int ht_config_read_file(const char *path, bool need_targets, struct ht_config *config,
                        ht_config_problem *problem, void *user);

/* The same from `length` bytes of text; `name` stands for the file in what is said. Includes
 * (`@include`) are refused. */
int ht_config_read_text(const char *text, size_t length, const char *name, bool need_targets,
                        struct ht_config *config, ht_config_problem *problem, void *user);

void ht_config_fini(struct ht_config *config);

/* HT_OK or HT_ERR_INVALID with what is wrong with the name of a target, by itself: length. */
int ht_target_name_check(const char *name, struct ht_error *error);

/* True if the two names are the same once '/' became '_', as collectd will see them. */
bool ht_target_names_clash(const char *a, const char *b);

#endif
