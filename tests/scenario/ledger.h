/* What really happened: every probe that left and every honest answer that was delivered, kept by
 * the test and not by the engine. What a record must say follows from it. */
#ifndef HT_SCENARIO_LEDGER_H
#define HT_SCENARIO_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/time.h"
#include "model/packet.h"
#include "packet.h"
#include "scenario.h"
#include "table.h"

/* A probe that left. */
struct seen_probe {
    int64_t sent_ns;
    int64_t answered_ns; /* HT_NEVER: no answer that counts */
    struct ht_address responder;
    struct labels labels;
    uint32_t arrival; /* its answer was the n-th of the round */
    uint16_t key;
    uint8_t ttl;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t reply_ttl;
    bool tcp;
    bool names_probe; /* a TCP answer that shows the probe's timestamp */
    bool nameless;    /* a quote that shows nothing which names the probe, but perhaps its length */
    bool shifted;     /* a quote that shows another TCP sequence number */
    bool untold;      /* answered, but nobody can tell that it was this one */
    bool doubtful;    /* unanswered, but an answer of that kind may have been to it */
    bool unread;      /* was out while answers could not be read: no loss if it stays unanswered */
    bool swallowed;   /* by a busy TCP listener, our own receive buffer, or an early end: no loss */
    bool open;        /* unanswered and within its timeout when the record was cut short */
    bool limited;     /* by a router that keeps to a limit: unanswered it may count for nothing */
    uint8_t tos;
    uint16_t length; /* of the IP packet */
};

/* The probes of one round. The engine marks a round's packets with the same `trace`; which target
 * it belongs to shows when its record comes. */
struct ledger_round {
    const void *trace;
    const struct ht_target *target; /* as the engine has it; and the number of the flow */
    uint16_t flow;
    struct ht_address destination;
    int64_t timeout_ns;
    struct seen_probe *probes; /* in the order in which they left */
    size_t probe_count;
    int64_t first_sent_ns; /* HT_NEVER: nothing left */
    int64_t wall_ns;       /* the wall clock then */
    int64_t unnamed_ns; /* when the first answer came that names nothing of ours; HT_NEVER: none */
    uint32_t answers;
    uint32_t refused; /* sends that failed for good */
    uint32_t busy;
    bool open;
    struct ledger_round *sized; /* owned by the ledger: the packets of its search for the path MTU,
                                   which count for nothing else; NULL: none */
};

/* What all rounds to one destination have in common. */
struct ledger_place {
    struct ledger_round **rounds; /* those open */
    size_t round_count;
    uint32_t nth[256];   /* probes of this ttl that left since the last start */
    uint32_t tries[256]; /* and the attempts to send one */
    uint32_t left[256];  /* probes of this ttl that left since the beginning */
    uint16_t last_key;
    int64_t listener_free_ns; /* when the reset on the SYN-ACK that arrives leaves; 0: none does */
    struct {
        struct ledger_round *round;
        size_t probe;
        uint32_t sequence;
        uint32_t stamp;
        uint32_t connection; /* number of the connection that it opened */
        int64_t due_ns;      /* when the SYN-ACK to it arrives, unless it gets lost */
        int64_t again_ns;    /* when the same SYN is answered again at the earliest */
        int64_t resend_ns;   /* when the SYN-ACK is sent again */
        bool unanswered;     /* half open, and no SYN-ACK arrives */
    } request;               /* that the listener took last */
    struct {
        int64_t seen_ns; /* what passed last; 0: the firewall knows no connection */
        int64_t ends_ns;
        uint32_t sequence;
        uint32_t shift;
    } connection;       /* that the firewall on the way knows */
    int64_t timeout_ns; /* targets of one destination have the same */
};

struct ledger {
    struct table places;          /* by destination */
    struct table traces;          /* open rounds by their `trace` */
    struct table keys;            /* the last probe of each destination and key */
    struct ledger_round **rounds; /* owned */
    size_t round_count;
    int64_t *sent_ns; /* of every packet, in order */
    size_t packets;
    size_t resets; /* that left: they are no probes */
    size_t faults; /* probes that broke a rule, each of them printed */
};

void ledger_fini(struct ledger *ledger);

struct ledger_place *ledger_place(struct ledger *ledger, const struct ht_address *destination);

/* The round that a packet belongs to, opened with its first packet. */
struct ledger_round *ledger_round(struct ledger *ledger, const struct ht_outgoing *packet);

/* The part of a round that a packet of its search for the path MTU belongs to. */
struct ledger_round *ledger_sized(struct ledger *ledger, struct ledger_round *round);

/* Enters a probe that left; returns its index in the round. */
size_t ledger_sent(struct ledger *ledger, struct ledger_round *round,
                   const struct probe_view *probe, int64_t sent_ns, struct ht_now now);

/* Enters an honest answer, delivered now, stamped with `received_ns`. Only the first one in time
 * counts. */
void ledger_answered(struct ledger_round *round, size_t probe, int64_t received_ns,
                     const struct seen_probe *answer);

/* Answers of this family could not be read. */
void ledger_unread(struct ledger *ledger, uint8_t version, int64_t now_ns);

/* All open rounds are about to be closed early: unanswered probes whose time is not up are neither
 * sent nor lost. */
void ledger_cut_short(struct ledger *ledger, int64_t now_ns);

/* Marks the answers of a TCP destination that do not name their probe, and came while another probe
 * was on its way that it may have been an answer to; and quotes that name none, of probes that are
 * as long as the first one. All of these may count for nothing in their hops. */
void ledger_mark_untold(struct ledger_round *round);

/* The record of a round was delivered: whatever arrives later does not count. */
void ledger_close(struct ledger *ledger, struct ledger_round *round);

/* Most packets that left within any stretch of 100 ms. */
size_t ledger_burst(const struct ledger *ledger);

#endif
