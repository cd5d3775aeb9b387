/* Structs that a caller fills and that later versions lengthen: taken over in the layout of this
 * version, whichever one the caller was compiled with. Members are only ever added at the end:
 * behind the size that the struct had before, since the padding within that has no defined content.
 */
#ifndef HT_BASE_SIZED_H
#define HT_BASE_SIZED_H

#include <stddef.h>

#include "hoptrace/error.h"

/* Bytes that no struct of any version exceeds: no caller has set a larger size. */
#define HT_SIZED_MAX 4096

/* Copies min(size, own_size) bytes of `given` over `own`, which holds the defaults. `least` is the
 * shortest size that is taken. HT_ERR_INVALID, with `what` at the beginning of the sentence: `size`
 * is below `least` or above HT_SIZED_MAX; or a byte beyond `own_size` is not zero, so that a newer
 * caller asks for something that this version does not know. */
int ht_sized_take(void *own, size_t own_size, const void *given, size_t size, size_t least,
                  const char *what, struct ht_error *error);

#endif
