/* The state file's text, one JSON document: all that a history holds. Pure.
 *
 *     {"schema":"hoptrace-state/2","written_ns":N,"targets":[
 *     {"target":"core-db","host":"192.0.2.7","family":"ipv4","events":{...},"paths":[...]},
 *     ...
 *     ],"checksum":"9f3a5c1e"}
 *
 * A line a target, sorted by name. What is read is what is written here and nothing else: the
 * checksum, FNV-1a (32 bit) of all bytes before its own digits, finds every change of one byte. */
#ifndef HT_STATE_DOCUMENT_H
#define HT_STATE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "history/history.h"
#include "hoptrace/error.h"

/* Most bytes of a document, written or read: some 150,000 targets of 15 hops. */
#define HT_DOCUMENT_MAX (UINT32_C(1) << 30)

/* Most bytes of a target's name or host, with the terminator. Targets with a longer one are not
 * written. */
#define HT_DOCUMENT_STRING_MAX 1024

/* Where one target's line is. */
struct ht_document_line {
    size_t offset;
    size_t length;
    size_t head; /* bytes at its beginning that say the name, and are another target's in no case */
};

/* A document that is being written. {0} before ht_document_begin. */
struct ht_document {
    struct ht_text text;            /* the lines, in the order in which they were added */
    struct ht_document_line *lines; /* owned; room for each target there was at the beginning */
    size_t count;                   /* of `lines` */
    size_t left;                    /* of the history's list, [0, left) are to be added yet */
    int64_t written_ns;             /* wall clock */
};

/* Begins one of all targets that the history has now. False: no memory. */
bool ht_document_begin(struct ht_document *document, const struct ht_history *history,
                       int64_t wall_ns);

/* Adds targets until their text has `bytes` bytes or more; true: none is left. Between two calls
 * targets may be added to the history, which this document does not have, and forgotten: those that
 * remain are all in it, each as it was at its turn. */
bool ht_document_add(struct ht_document *document, const struct ht_history *history, size_t bytes);

/* Sorts the lines, once all are there. The history is not needed any more. HT_ERR_NOMEM (now or
 * before), HT_ERR_INVALID (longer than HT_DOCUMENT_MAX). */
int ht_document_finish(struct ht_document *document, struct ht_error *error);

/* Gives the whole text of a finished document to `put`, piece by piece, until that returns false,
 * which is returned then. */
bool ht_document_emit(const struct ht_document *document,
                      bool (*put)(void *user, const char *bytes, size_t length), void *user);

/* Frees it; {0} again. */
void ht_document_fini(struct ht_document *document);

/* Reads a document into an empty history, and when it was written. HT_ERR_MALFORMED: it is none;
 * the sentence is the end of one that begins with the file's name ("is damaged"). HT_ERR_NOMEM. The
 * history is empty again after both. */
int ht_document_read(const char *text, size_t length, struct ht_history *history,
                     int64_t *written_ns, struct ht_error *error);

#endif
