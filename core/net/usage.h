/* What this process takes of its machine. */
#ifndef HT_NET_USAGE_H
#define HT_NET_USAGE_H

#include <stdint.h>

struct ht_usage {
    int memory_fd; /* owned; -1: the kernel does not tell */
};

/* What may be forbidden later is opened now. */
void ht_usage_open(struct ht_usage *usage);
void ht_usage_close(struct ht_usage *usage);

/* Memory of the process that is resident; 0: unknown. */
uint64_t ht_usage_memory_bytes(const struct ht_usage *usage);

/* Time of processors that the calling thread has used since it began. */
int64_t ht_usage_cpu_ns(void);

#endif
