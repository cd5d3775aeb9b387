/* Settings as a caller has them, which may be of another version's layout. */
#ifndef HT_CONFIG_LAYOUT_H
#define HT_CONFIG_LAYOUT_H

#include "hoptrace/error.h"
#include "hoptrace/settings.h"

/* Copies settings in the layout of this version; members that they lack have their defaults. The
 * values are not checked. HT_ERR_INVALID: their struct_size is of no version (ht_settings_init was
 * not called), or a member is set that this version does not know. */
int ht_settings_take(struct ht_settings *own, const struct ht_settings *given,
                     struct ht_error *error);

#endif
