/* The privileges of the process, once its sockets are open. */
#ifndef HT_EXEC_PRIVILEGES_H
#define HT_EXEC_PRIVILEGES_H

#include "base/error.h"

/* Gives up every capability (permitted, effective, inheritable, ambient) and the right to gain any
 * by running another program. HT_OK; else an error that says what was refused, and all that could
 * be given up is. */
int privileges_drop(struct ht_error *error);

#endif
