#include "hoptrace/version.h"

const char *ht_version(void)
{
    return HT_VERSION;
}
