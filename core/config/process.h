/* What a user may ask of the whole process, beside what is asked of each target. */
#ifndef HT_CONFIG_PROCESS_H
#define HT_CONFIG_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/shard.h"
#include "hoptrace/settings.h"

/* What begins rounds once the program loops. */
enum ht_trigger {
    HT_TRIGGER_INTERVAL, /* the clock */
    HT_TRIGGER_STDIN,    /* a line of stdin */
    HT_TRIGGER_SIGHUP,
    HT_TRIGGER_SIGUSR1,
    HT_TRIGGER_SIGUSR2
};

/* Strings are borrowed. ht_process_settings_init() gives the defaults. */
struct ht_process_settings {
    const char *config_path;  /* configuration file; NULL (default): none */
    const char *output;       /* name of the records' format; NULL (default): the first one */
    const char *output_file;  /* what records go to; NULL (default): stdout */
    const char *targets_file; /* list of further targets, "-": stdin; NULL (default): none */
    const char *listen;       /* where the page is served; NULL (default): nowhere */
    const char *state;        /* file of what outlives the process; NULL (default): none */
    const char *asn_db;       /* database of autonomous systems; NULL (default): none */
    enum ht_trigger trigger;  /* default HT_TRIGGER_INTERVAL */
    struct ht_shard shard;    /* whose targets are measured; default: all */
    int64_t interval_ns; /* from one round of every target to the next; 0 (default): one round */
    int64_t deadline_ns; /* since the start, when all records are closed; 0 (default): none */
    uint32_t rounds;     /* of a target, then the process ends; 0 (default): no end */
    uint32_t pps;        /* most packets a second; 0: no ceiling; default 1,000 */
    enum ht_sockets_kind sockets; /* default HT_SOCKETS_AUTO */
    bool events;                  /* events as well as records; default false */
    bool self;                    /* the engine's own health as well; default false */
    bool no_sandbox;              /* the program may do all that its user may; default false */
    bool check_config;            /* these are done instead of measuring; default false */
    bool version;
    bool help;
};

/* The defaults of every setting. */
void ht_process_settings_init(struct ht_process_settings *settings);

#endif
