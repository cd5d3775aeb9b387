/* The command line. Its options, their help and what their values may be are the table of
 * config/keys.h. */
#ifndef HT_EXEC_OPTIONS_H
#define HT_EXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/keys.h"
#include "config/process.h"
#include "output/output.h"
#include "say.h"

/* A setting as the command line gives it; the value is good. */
struct options_setting {
    const struct ht_key *key;
    const char *value;
};

enum options_action { OPTIONS_TRACE, OPTIONS_CHECK_CONFIG, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
    enum options_action action;
    struct ht_process_settings process; /* built-in, then those of the command line */
    const struct ht_output_format *format;
    struct options_setting *settings; /* in the order given: the last one of a key wins */
    size_t setting_count;
    const char *const *hosts; /* borrowed from argv */
    size_t host_count;
};

/* Reads the command line (argv is permuted, and borrowed from). HT_OK; HT_ERR_INVALID after every
 * problem was said; HT_ERR_NOMEM. *options is to be freed with options_fini in any case. */
int options_parse(int argc, char **argv, struct options *options, say_line *say, void *user);

void options_fini(struct options *options);

/* Whether the command line sets a key of this name. */
bool options_have(const struct options *options, const char *key);

/* Puts what the command line says over the settings of a target, or of the process. */
void options_apply(const struct options *options, struct ht_settings *settings);
void options_apply_process(const struct options *options, struct ht_process_settings *settings);

/* Appends the help. */
void options_help(struct ht_text *text);

/* Appends a sentence in which names of keys stand, as ht_settings_check gives it, with the options
 * in their place: "first_ttl: 9 is above max_ttl 3" -> "--first-ttl: 9 is above --max-ttl 3". */
void options_translate(struct ht_text *text, const char *sentence);

#endif
