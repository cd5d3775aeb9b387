/* The configuration read again while the program goes on. */
#ifndef HT_EXEC_RELOAD_H
#define HT_EXEC_RELOAD_H

#include <stdint.h>

#include "options.h"
#include "plan.h"

/* What the first reading is compared with. */
struct reload {
    const struct options *options; /* borrowed, as is the input */
    struct plan_input *input;
    uint64_t digests[HT_KEYS_MAX]; /* of the process's settings, by the index of their keys */
};

/* From now on stdin is not read. `plan` has its strings still. HT_OK, HT_ERR_NOMEM. */
int reload_init(struct reload *reload, const struct options *options, struct plan_input *input,
                const struct plan *plan);

/* Plans anew. What is wrong is said, as are settings of the process that have changed: they count
 * from the next start on. HT_OK: *plan has targets that may take the place of the present ones;
 * HT_ERR_INVALID, HT_ERR_NOMEM: all is to stay as it is, which is said. *plan is to be freed with
 * plan_fini in any case. */
int reload_plan(const struct reload *reload, struct plan *plan);

#endif
