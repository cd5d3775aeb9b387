/* What the program keeps itself from once its sockets are open: other files than its own, other
 * programs, system calls that measuring does not need. A fault that lets a stranger's packet run
 * code here then reaches nothing else on this host. Neither the library nor the plugin has it:
 * their process is another's. */
#ifndef HT_EXEC_SANDBOX_H
#define HT_EXEC_SANDBOX_H

#include "file_access.h"

/* Closes the sandbox for good, for this thread and those that it makes; call it after
 * privileges_drop, before any other thread runs. `access` says which files stay within reach.
 * HT_OK, also where the kernel or the build has no such means; HT_ERR_NOMEM, HT_ERR_SYSTEM: some
 * means was refused, the others are in force. */
int sandbox_close(const struct file_access *access, struct ht_error *error);

#endif
