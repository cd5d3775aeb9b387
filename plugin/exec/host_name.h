/* What collectd's values call this host. */
#ifndef HT_EXEC_HOST_NAME_H
#define HT_EXEC_HOST_NAME_H

#include <stddef.h>

/* COLLECTD_HOSTNAME, else the host's own name, in the buffer or static. */
const char *host_name(char *buffer, size_t size);

#endif
