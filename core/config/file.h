/* The configuration file (libconfig syntax) -> targets and settings of the process. */
#ifndef HT_CONFIG_FILE_H
#define HT_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/keys.h"
#include "config/process.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

struct ht_config {
    struct ht_target *targets; /* settings: built-in, then `defaults`, then the target's own */
    size_t target_count;
    struct ht_target defaults; /* settings and tags for HOSTs of the command line; no host */
    struct ht_process_settings process; /* built-in, then those of the file */
    struct ht_text included; /* names of the files that it includes, each with a NUL byte behind */
    struct ht_config_memory *memory; /* owns all strings and tags */
};

/* Receives one problem: a line without newline, "FILE:LINE: KEY: what is wrong". KEY is left out
 * for errors of syntax, LINE too if the file cannot be read. */
typedef void ht_config_problem(void *user, const char *line);

/* What a reading asks of the file, as bits. */
enum ht_config_asks {
    HT_CONFIG_TARGETS = 1,     /* without `targets_file`, an empty or missing `targets` is a
                                  problem */
    HT_CONFIG_ANY_PROTOCOL = 2 /* the protocol is chosen elsewhere: a target's port is no problem,
                                  even if its own protocol has none */
};

/* Reads the file, telling `problem` of everything that is wrong, not only the first (after an
 * error of syntax there is nothing more to judge).
 * `asks`: of enum ht_config_asks. HT_OK: *config is complete, to be
 * freed with ht_config_fini. HT_ERR_INVALID: there were problems; HT_ERR_NOMEM. *config is then
 * empty. Settings of the defaults that contradict each other are only wrong in a target: check
 * those of a HOST with ht_settings_check once they are complete. */
int ht_config_read_file(const char *path, unsigned asks, struct ht_config *config,
                        ht_config_problem *problem, void *user);

/* The same from `length` bytes of text; `name` stands for the file in what is said. Includes
 * (`@include "file"`, relative to the folder of the file that it stands in) are refused here. */
int ht_config_read_text(const char *text, size_t length, const char *name, unsigned asks,
                        struct ht_config *config, ht_config_problem *problem, void *user);

/* Frees what a reading has filled in, and makes it empty. */
void ht_config_fini(struct ht_config *config);

#endif
