/* What the tests of the state file share: a process that has it open, what the file has in it, and
 * the folder in which the cases work. */
#ifndef HT_FAULTS_STATE_BENCH_H
#define HT_FAULTS_STATE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "history/history.h"
#include "state/state.h"

/* A process that has the state file open. */
struct state_run {
    struct ht_history history;
    struct ht_state *state;
    struct ht_now now;
    struct ht_error error; /* of the last call that had something to tell */
    unsigned told;         /* calls that had */
};

/* ht_state_open, ht_state_close and ht_state_step, of which the run notes what they have to tell.
 */
int state_start(struct state_run *run, const char *path);
int state_stop(struct state_run *run);
int state_step(struct state_run *run);

/* Lets a minute pass and the write come to its end. */
void state_pass_a_minute(struct state_run *run);

/* Enters `count` targets, each with the same number of events, which says what write it is. */
void state_enter(struct state_run *run, size_t count, uint32_t events);

/* The whole content; NULL: there is none. To be freed. */
char *state_content(const char *path);

/* Whether that is its content; makes a file of that content; whether there is anything. */
bool state_has_content(const char *path, const char *expected);
void state_make_file(const char *path, const char *text);
bool state_exists(const char *path);

/* The events of each target of the file, if it is whole and has `count` targets of one write;
 * UINT32_MAX if not. */
uint32_t state_events_of(const char *path, size_t count);

/* Writes the file: one run of `count` targets. */
void state_write_once(const char *path, size_t count, uint32_t events);

/* Whether the last thing that was told has these words; else it is shown. */
bool state_says(const struct state_run *run, const char *words);

/* Runs `child` in a process of its own. Its exit status; -1: it was killed. */
int state_in_child(int (*child)(void));

/* Runs the cases that the arguments name (all without any) in a folder of their own, removes what
 * each leaves, and returns the exit status. */
int state_run_cases(const struct net_case *cases, size_t count, int argc, char **argv);

#endif
