/* The built-in settings, and whether settings make sense: the library's part of the table of keys
 * (keys.c implements both, so that defaults and ranges exist once). */
#ifndef HT_CONFIG_DEFAULTS_H
#define HT_CONFIG_DEFAULTS_H

#include "base/error.h"
#include "base/export.h"
#include "model/settings.h"

HT_BEGIN_C

/* The defaults of every setting. */
HT_API void ht_settings_init(struct ht_settings *settings);

/* HT_OK, or HT_ERR_INVALID naming the setting that is out of range or contradicts another. */
HT_API int ht_settings_check(const struct ht_settings *settings, struct ht_error *error);

HT_END_C

#endif
