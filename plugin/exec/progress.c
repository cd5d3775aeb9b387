#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "hoptrace/time.h"
#include "say.h"

/* A round that takes longer makes people wonder. */
#define PATIENCE_NS (2 * HT_NS_PER_S)

/* Between two lines. */
#define REFRESH_NS (HT_NS_PER_S / 2)

/* Longer than any line. */
#define LINE_COLUMNS 60

void progress_init(struct progress *progress, size_t targets, bool wanted, int64_t now_ns)
{
    bool shows = wanted && targets > 1 && isatty(STDERR_FILENO) == 1;
    *progress = (struct progress){.targets = shows ? targets : 0,
                                  .next_ns = shows ? ht_time_add(now_ns, PATIENCE_NS) : HT_NEVER};
}

void progress_note(struct progress *progress, int64_t now_ns)
{
    if (progress->targets == 0)
        return;
    if (progress->next_ns == HT_NEVER)
        progress->next_ns = ht_time_add(now_ns, PATIENCE_NS);
    if (++progress->done < progress->targets)
        return;
    progress_clear(progress);
    progress->done = 0;
    progress->next_ns = HT_NEVER;
}

void progress_step(struct progress *progress, int64_t now_ns)
{
    if (now_ns < progress->next_ns)
        return;
    (void)fprintf(stderr, "\r%zu of %zu targets", progress->done, progress->targets);
    progress->next_ns = ht_time_add(now_ns, REFRESH_NS);
    progress->shown = true;
    say_keep(&progress->notes);
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown)
        return;
    (void)fprintf(stderr, "\r%*s\r", LINE_COLUMNS, "");
    progress->shown = false;
    say_keep(NULL);
    ht_text_fini(&progress->notes);
}
