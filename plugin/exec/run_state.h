/* What the program is doing, from its opening to its end: run_setup.c opens and closes it, run.c
 * has the loop. */
#ifndef HT_EXEC_RUN_STATE_H
#define HT_EXEC_RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"
#include "lateness.h"
#include "listen.h"
#include "live/live.h"
#include "notify.h"
#include "plan.h"
#include "progress.h"
#include "records.h"
#include "reload.h"
#include "sandbox/file_access.h"
#include "seats.h"
#include "writer.h"

struct run {
    const struct plan *plan;
    struct reload reload;
    struct notify notify;
    struct seats seats;
    struct ht_engine *engine;
    struct records records;
    struct records page; /* what is served, where the records have another format */
    struct ht_text page_text;
    struct listener *listener; /* owned; NULL: nothing is served */
    struct live *live;         /* owned; NULL: records are printed */
    struct writer writer;
    int64_t write_gap_ns; /* between two writes; 0: none */
    int64_t write_ns;     /* text is held until then, at least; 0: none is */
    struct input input;
    int signal_fd;
    int signals;              /* taken so far, and the end of stdin if that came first */
    bool signalled_early;     /* by a signal that came before they were taken */
    int64_t give_up_ns;       /* after a signal: stdout has until then */
    bool round_wanted;        /* of every target, now */
    bool triggered;           /* some round was begun like that */
    bool reload_wanted;       /* of the configuration */
    bool last_round;          /* nothing will ask for a further one */
    bool ends;                /* the engine was told so: targets that come have no round */
    bool may_wait;            /* while there is no target: a reload may bring some */
    struct file_access files; /* what the sandbox leaves within reach; empty once it is closed */
    int64_t open_ns;          /* when to open sockets (again); HT_NEVER: privileges are given up */
    bool refusal_told;
    bool refused; /* what was asked for cannot be: a usage error */
    bool failed;  /* records are lost; what was wrong is said */
    bool mute;    /* stdout is not worth another try */
    struct lateness lateness;
    struct progress progress;
};

#endif
