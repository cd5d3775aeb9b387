/* Text on its way to a descriptor: nothing is lost or torn, whatever the descriptor's mode, and
 * only a caller that wants to waits for a slow reader. */
#ifndef HT_EXEC_WRITER_H
#define HT_EXEC_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct writer {
    struct ht_text text; /* append here */
    size_t written;      /* bytes of it that are gone */
    size_t chunk;        /* most that a plain write may take without fear of waiting */
    bool may_refuse;     /* the descriptor can be asked to take what it can without waiting */
    int fd;              /* borrowed; its mode, which others share, is left alone */
    int sys_errno;       /* sticky: the first refusal; nothing is written after it */
};

void writer_init(struct writer *writer, int fd);
void writer_fini(struct writer *writer);

bool writer_pending(const struct writer *writer);

/* Writes what the descriptor takes without waiting. 0, or the errno of a refusal: EPIPE, ENOSPC,
 * ...; ENOMEM: text was lost; ENOBUFS: the reader is too far behind. */
int writer_pump(struct writer *writer);

/* Writes all, waiting as long as it takes. As writer_pump. */
int writer_finish(struct writer *writer);

#endif
