/* The privileges of the process, once its sockets are open. */
#ifndef HT_EXEC_PRIVILEGES_H
#define HT_EXEC_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

/* Gives up every capability (permitted, effective, inheritable, ambient) and the right to gain any
 * by running another program. With `marks`, the one capability that the kernel wants to see with
 * each packet that is marked is kept: CAP_NET_RAW since Linux 5.17, CAP_NET_ADMIN before. HT_OK;
 * else an error that says what was refused, and all that could be given up is. */
int privileges_drop(bool marks, struct ht_error *error);

#endif
