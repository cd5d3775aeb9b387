/* The privileges of the process: what opening its sockets takes, and nothing afterwards. */
#ifndef HT_EXEC_PRIVILEGES_H
#define HT_EXEC_PRIVILEGES_H

#include <stdbool.h>

#include "hoptrace/error.h"

/* Puts into effect what the program is permitted of that which measuring needs: the program's file
 * permits it (`setcap cap_net_raw+p`). If it were in effect by the file (`+ep`), the kernel would
 * not start the program where the capability cannot be had, such as in a container; like this the
 * sockets are refused there, and the records say so. */
void privileges_raise(void);

/* Gives up every capability (permitted, effective, inheritable, ambient) and the right to gain any
 * by running another program. With `marks`, the one capability that the kernel wants to see with
 * each packet that is marked is kept: CAP_NET_RAW since Linux 5.17, CAP_NET_ADMIN before. HT_OK;
 * else an error that says what was refused, and all that could be given up is. */
int privileges_drop(bool marks, struct ht_error *error);

#endif
