#include "probing/ratelimit/line.h"

#include "base/assert.h"
#include "hoptrace/time.h"

/* Least time between two probes, in percent of the spacing of turns: less than 100, so that a line
 * makes up for a probe that left late, and still above the rate limit's own spacing, which is 95
 * percent of it (PACED_PERCENT in controller.c). */
#define GAP_PERCENT 98

/* A line is another one after so long a time without a probe. */
#define FORGOTTEN_NS (2 * HT_NS_PER_S)

int64_t ht_line_turn_ns(const struct ht_line *line, uint32_t ticket)
{
    int64_t gap_ns = line->spacing_ns * GAP_PERCENT / 100;
    int64_t turn_ns = line->turn_ns + (int64_t)(int32_t)(ticket - line->turn) * line->spacing_ns;
    return ht_time_max(turn_ns, line->left_ns + gap_ns);
}

uint32_t ht_line_join(struct ht_line *line, bool again, int64_t now_ns)
{
    if (ht_line_turn_ns(line, line->next_ticket) < now_ns) {
        line->turn = line->next_ticket;
        line->turn_ns = now_ns;
    }
    bool alone = line->waiting == 0 && now_ns - line->left_ns > FORGOTTEN_NS;
    line->joined = alone ? 1 : line->joined + !again;
    line->waiting++;
    return line->next_ticket++;
}

void ht_line_leave(struct ht_line *line)
{
    HT_ASSERT(line->waiting > 0);
    line->waiting--;
}

void ht_line_close_up(struct ht_line *line, int64_t now_ns)
{
    uint32_t first = line->next_ticket - line->waiting;
    int64_t free_ns = ht_time_max(line->left_ns + line->spacing_ns, line->pause_ns);
    free_ns = ht_time_max(free_ns, now_ns);
    if (line->turn_ns + (int64_t)(int32_t)(first - line->turn) * line->spacing_ns <= free_ns)
        return;
    line->turn = first;
    line->turn_ns = free_ns;
}

void ht_line_set_spacing(struct ht_line *line, int64_t now_ns, int64_t spacing_ns, int64_t pause_ns)
{
    line->turn = line->next_ticket - line->waiting;
    line->turn_ns = line->pause_ns = now_ns + pause_ns;
    line->spacing_ns = spacing_ns;
}
