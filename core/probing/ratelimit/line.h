/* The line of probes that wait until a router may be asked again: a token bucket of one, with a
 * queue.
 *
 *   turn    a moment at which one probe may leave; turns are spacing_ns apart
 *   ticket  a number in the line: its turn comes at turn_ns + (ticket - turn) * spacing_ns
 *
 * Turns that were not used are gone: a router may save up no answers. */
#ifndef HT_PROBING_LINE_H
#define HT_PROBING_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct ht_line {
    int64_t spacing_ns; /* between turns; 0: none are kept */
    int64_t turn_ns;    /* when the turn of the ticket `turn` comes */
    int64_t left_ns;    /* when the last probe left */
    int64_t pause_ns;   /* no turn comes before */
    uint32_t turn;
    uint32_t next_ticket;
    uint32_t waiting; /* tickets not given back yet: the length of the line */
    uint32_t joined;  /* hops that have joined since the line was empty */
};

/* Joins the line: returns a ticket, to be given back by ht_line_leave when its turn was used or is
 * not wanted any more. `again`: the hop has joined before. Only while spacing_ns is not 0. */
uint32_t ht_line_join(struct ht_line *line, bool again, int64_t now_ns);
void ht_line_leave(struct ht_line *line);

/* Those who have gone without their turn keep none: the first in line (tickets are given back in
 * about the order in which they were taken) has its turn as soon as the router may be asked. */
void ht_line_close_up(struct ht_line *line, int64_t now_ns);

/* When the turn of a ticket comes, by the present spacing; but no sooner after the last probe than
 * 0.98 * spacing_ns, even if that one left late: a router that saves no answers up would drop it.
 */
int64_t ht_line_turn_ns(const struct ht_line *line, uint32_t ticket);

/* Changes the spacing of turns (0: none are kept); the line's first turn comes after `pause_ns`.
 * Turns that had come and were not used come again, spaced: else all of their probes would leave at
 * once. */
void ht_line_set_spacing(struct ht_line *line, int64_t now_ns, int64_t spacing_ns,
                         int64_t pause_ns);

#endif
