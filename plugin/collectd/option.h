/* One line of the configuration, freed from the daemon's types. */
#ifndef HT_COLLECTD_OPTION_H
#define HT_COLLECTD_OPTION_H

#include <stdbool.h>

#include "config/keys.h"
#include "config/process.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

enum option_type {
    OPTION_NUMBER,
    OPTION_BOOLEAN,
    OPTION_TEXT,
    OPTION_MALFORMED /* no value, several, or a block */
};

struct option {
    const char *key;     /* as the user spelt it */
    const char *text;    /* OPTION_TEXT only */
    double number;       /* OPTION_NUMBER only */
    struct option *next; /* in a list of copies */
    enum option_type type;
    bool boolean; /* OPTION_BOOLEAN only */
};

/* True if the key is `name`, in any case. */
bool option_is(const struct option *option, const char *name);

/* Sets what the option says, by the table of keys that all front ends share. HT_OK, or
 * HT_ERR_INVALID with "KEY: what is wrong"; *settings is then as it was. As with the daemon's own
 * options a number may stand in quotes, and a word for a boolean: true, yes, on, false, no, off. */
int option_apply(const struct option *option, struct ht_settings *settings, struct ht_error *error);

/* What the table says of a key of the process; HT_DAEMON_KNOWS_NOT: the option is none. */
enum ht_key_daemon option_of_process(const struct option *option);

/* As option_apply, for one that is. */
int option_apply_process(const struct option *option, struct ht_process_settings *settings,
                         struct ht_error *error);

/* The same for the name or address of a host; *host belongs to the option. */
int option_host(const struct option *option, const char **host, struct ht_error *error);

/* A copy that owns its strings, to be given to option_free; NULL: no memory. */
struct option *option_copy(const struct option *option);
void option_free(struct option *option);

#endif
