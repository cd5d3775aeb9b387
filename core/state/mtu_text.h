/* What is known of a path's MTU (history/path_mtu.h) in the state file:
 *
 *     {"path":1300,"limits":[[3,1400,0,"192.0.2.3"],[6,1300,1,""]]}
 *
 * Of each limit the hop, the MTU, whether it is silent (1), and the address; "": unknown. */
#ifndef HT_STATE_MTU_TEXT_H
#define HT_STATE_MTU_TEXT_H

#include "base/bytes.h"
#include "base/text.h"
#include "history/path_mtu.h"

/* Appends it. */
void ht_mtu_text_put(struct ht_text *text, const struct ht_path_mtu *mtu);

/* Reads it into an empty one; what no rounds can have made fails the reader. */
void ht_mtu_text_read(struct ht_reader *in, struct ht_path_mtu *mtu);

#endif
