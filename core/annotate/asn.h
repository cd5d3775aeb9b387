/* The autonomous systems of addresses, from a file that may be replaced at any time. A new one is
 * read in a thread of its own: that takes milliseconds, and a slow disk longer. */
#ifndef HT_ANNOTATE_ASN_H
#define HT_ANNOTATE_ASN_H

#include <stdbool.h>
#include <stdint.h>

#include "annotate/asn_table.h"
#include "hoptrace/address.h"
#include "hoptrace/error.h"

struct ht_asn_source;

/* Begins with what the file holds now. HT_ERR_NOMEM: *source is NULL. Any other error, as of
 * ht_asn_table_read: *source knows nothing, until the file is replaced by a good one. */
int ht_asn_source_new(const char *path, struct ht_asn_source **source, struct ht_error *error);
void ht_asn_source_free(struct ht_asn_source *source);

/* Between records: takes up a file that was replaced, and has one looked for if it is time. HT_OK,
 * or, once for each state of the file, why the present one cannot be used: what was known before
 * stays. */
int ht_asn_source_refresh(struct ht_asn_source *source, int64_t now_ns, struct ht_error *error);

/* Number and name, good until the next refresh. Link-local addresses have none. */
struct ht_asn ht_asn_source_find(struct ht_asn_source *source, const struct ht_address *address);

#endif
