/* One database of autonomous systems in MaxMind's format, in this process's own memory: what
 * happens to its file does not matter any more. */
#ifndef HT_ANNOTATE_ASN_TABLE_H
#define HT_ANNOTATE_ASN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"

struct ht_asn_table;

/* What a database says of an address. */
struct ht_asn {
    uint32_t number;  /* 0: unknown */
    const char *name; /* the table's; NULL: unknown */
};

/* Reads a file. *table is the caller's to free. HT_ERR_SYSTEM (it cannot be read), HT_ERR_MALFORMED
 * (it is no such database, or damaged), HT_ERR_NOMEM, HT_ERR_INVALID (this build reads none). */
int ht_asn_table_read(const char *path, struct ht_asn_table **table, struct ht_error *error);
void ht_asn_table_free(struct ht_asn_table *table);

/* The system that announces the address: number from autonomous_system_number, or asn (a number, or
 * "AS64500"); name from autonomous_system_organization, as_name or name. False: the database proves
 * to be damaged; *asn is unknown then, too. Takes about 0.3 us. */
bool ht_asn_table_find(struct ht_asn_table *table, const struct ht_address *address,
                       struct ht_asn *asn);

#endif
