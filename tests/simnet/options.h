/* The command line. */
#ifndef SIMNET_OPTIONS_H
#define SIMNET_OPTIONS_H

#include "generate.h"

#include <sys/types.h>

enum action { ACTION_RUN, ACTION_TRUTH, ACTION_TARGETS, ACTION_STOP, ACTION_RELOAD, ACTION_HELP };

struct options {
    enum action action;
    const char *device, *tun;  /* one of them, to run */
    const char *topology_file; /* NULL: generated from the plan */
    struct plan plan;
    const char *log_file, *stats_file, *target_stats_file, *pid_file, *control_file;
    bool daemon, spin;
    pid_t exit_with; /* 0: nobody */
    uint32_t queue;  /* room for answers that wait */
};

/* False after it said on stderr what is wrong. */
bool options_read(struct options *options, int argc, char **argv);

/* Prints what --help shows. */
void options_help(void);

#endif
