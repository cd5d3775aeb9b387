/* The MTU of the device that packets leave by. */
#ifndef HT_NET_DEVICE_MTU_H
#define HT_NET_DEVICE_MTU_H

#include <stdint.h>

#include "hoptrace/settings.h"
#include "net/route.h"

/* Bytes of the largest packet that the device takes by which those of a target with these settings
 * leave along this route, whatever the kernel has learned of the path. 0: it is not known. */
uint32_t ht_device_mtu(const struct ht_route *route, const struct ht_settings *settings);

#endif
