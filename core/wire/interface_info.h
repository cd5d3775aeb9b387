/* Interface information in ICMP extensions, RFC 5837: through which interface a router received
 * the packet that it quotes, or would have sent it on. */
#ifndef HT_WIRE_INTERFACE_INFO_H
#define HT_WIRE_INTERFACE_INFO_H

#include <stdbool.h>

#include "base/bytes.h"
#include "hoptrace/report.h"

/* Takes the next interface information among the objects of a structure (ht_extension_open); others
 * are stepped over, and so is one that is damaged: a sub-object that its C-Type announces is cut,
 * the address is of an unknown family, the name's length is no multiple of 4 or above 64. Bytes
 * behind the announced ones are not read. False: there is none left. */
bool ht_interface_info_next(struct ht_reader *objects, struct ht_interface *interface);

#endif
