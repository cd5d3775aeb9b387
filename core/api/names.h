/* What is looked up of the nodes that reports show: names, and autonomous systems. */
#ifndef HT_API_NAMES_H
#define HT_API_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "annotate/asn.h"
#include "dns/reverse.h"
#include "hoptrace/error.h"
#include "hoptrace/report.h"

struct ht_engine;
struct ht_scheduled_target;

struct ht_names {
    struct ht_reverse *reverse;  /* owned */
    struct ht_asn_source *asns;  /* owned; NULL: none are asked for */
    uint32_t as_path[UINT8_MAX]; /* of the report that is shown */
    struct ht_hop *hops;         /* owned; with `nodes`: a report's, while it is shown with names */
    struct ht_node *nodes;       /* owned */
    size_t hop_capacity;
    size_t node_capacity;
};

/* HT_ERR_NOMEM, HT_ERR_SYSTEM. */
int ht_names_init(struct ht_names *names, int epoll_fd, uint64_t epoll_tag, struct ht_error *error);

/* Frees what was found out; records that wait must have been dropped. */
void ht_names_fini(struct ht_names *names);

/* The prober's callback, `user` is the engine: asks for the name of a new node, so that it is known
 * when the record closes. */
void ht_names_note(void *user, const struct ht_address *address);

/* Reads the engine's database of autonomous systems, if there is to be one; the caller is told what
 * is wrong with it. */
void ht_names_open(struct ht_engine *engine);

/* Gives the nodes of a report, or of one hop, the names and the autonomous systems that are known,
 * and the report its path of them. What they then point to
 * is gone with the next call. Without memory they stay as they are. */
void ht_names_show(struct ht_scheduled_target *scheduled, struct ht_report *report);
void ht_names_show_hop(struct ht_scheduled_target *scheduled, struct ht_hop *hop);

#endif
