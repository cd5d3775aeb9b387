/* How far a round has come, on stderr, for a person who waits while its records go elsewhere. */
#ifndef HT_EXEC_PROGRESS_H
#define HT_EXEC_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct progress {
    size_t targets;       /* of a round; 0: nothing is shown */
    size_t done;          /* of the present round: their records are closed */
    int64_t next_ns;      /* when to say how many there are; HT_NEVER: the round is over */
    bool shown;           /* there is a line on the terminal */
    struct ht_text notes; /* what is said meanwhile, for afterwards */
};

/* `wanted`: records do not appear at the terminal by themselves. Nothing is shown unless stderr is
 * a terminal and there are several targets. The first round begins now. */
void progress_init(struct progress *progress, size_t targets, bool wanted, int64_t now_ns);

/* A record is closed. */
void progress_note(struct progress *progress, int64_t now_ns);

/* Shows the line once a round takes longer than two seconds, anew twice a second. */
void progress_step(struct progress *progress, int64_t now_ns);

/* Takes the line away. */
void progress_clear(struct progress *progress);

#endif
