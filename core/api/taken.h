/* What a caller passes in, taken over in the layout of this version. */
#ifndef HT_API_TAKEN_H
#define HT_API_TAKEN_H

#include <stddef.h>

#include "hoptrace/engine.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

/* `struct_size`: the caller's sizeof. Strings and tags stay the caller's. HT_ERR_INVALID: a size
 * that no version has, or a member that this version does not know. */
int ht_target_take(struct ht_target *own, const struct ht_target *given, size_t struct_size,
                   struct ht_error *error);
int ht_engine_options_take(struct ht_engine_options *own, const struct ht_engine_options *given,
                           size_t struct_size, struct ht_error *error);

#endif
