#include "listener.h"

#include <string.h>

#include "support.h"

/* tcp_invalid_ratelimit of Linux. */
#define AGAIN_NS (500 * HT_NS_PER_MS)

/* RFC 6298 section 2: the first timeout; tcp_synack_retries of Linux. */
#define RESEND_NS  (1 * HT_NS_PER_S)
#define RESEND_MAX 5

static struct resending *copy_of(const struct passage *passage, uint32_t connection, uint32_t count)
{
    const struct probe_view *probe = &passage->probe;
    struct resending *copy = make(sizeof *copy + probe->length);
    *copy = (struct resending){.passage = *passage, .connection = connection, .count = count};
    memcpy(copy->bytes, probe->bytes, probe->length);
    copy->passage.probe.bytes = copy->bytes;
    copy->passage.probe.transport = copy->bytes + (probe->transport - probe->bytes);
    return copy;
}

/* The SYN-ACK was sent at `sent_ns`, and will be again `count` + 1 times at most. */
static void plan_resending(struct queue *queue, const struct passage *passage, int64_t sent_ns,
                           uint32_t count)
{
    struct ledger_place *place = passage->place;
    if (count >= RESEND_MAX)
        return;
    place->request.resend_ns = sent_ns + (RESEND_NS << count);
    queue_add(queue, place->request.resend_ns, EVENT_RESEND,
              copy_of(passage, place->request.connection, count));
}

static bool is_half_open(const struct ledger_place *place, int64_t now_ns)
{
    return place->request.unanswered || now_ns < place->listener_free_ns;
}

static bool is_answered_again(const struct passage *passage)
{
    const struct ledger_place *place = passage->place;
    return passage->probe.tcp_sequence == place->request.sequence &&
           (int32_t)(passage->probe.tcp_stamp - place->request.stamp) >= 0 &&
           passage->sent_ns >= place->request.again_ns;
}

static void open_connection(const struct passage *passage)
{
    struct ledger_place *place = passage->place;
    place->request.round = passage->round;
    place->request.probe = passage->index;
    place->request.due_ns = passage->sent_ns + passage->rtt_ns;
    place->request.sequence = passage->probe.tcp_sequence;
    place->request.stamp = passage->probe.tcp_stamp;
    place->request.connection++;
    place->request.again_ns = 0;
}

/* What comes now is to the SYN that opened the connection. Without a timestamp it names none, and
 * is as good an answer to this one. */
static void answer_first(struct passage *passage)
{
    const struct ledger_place *place = passage->place;
    if (passage->behaviour.plain_tcp)
        return;
    passage->answered = passage->sent_ns < place->request.due_ns ? place->request.round : NULL;
    passage->answered_index = place->request.probe;
}

bool listener_takes(struct queue *queue, struct passage *passage, bool lost)
{
    struct ledger_place *place = passage->place;
    if (!is_half_open(place, passage->sent_ns)) {
        open_connection(passage);
        place->listener_free_ns = 0;
        place->request.unanswered = true;
    } else if (is_answered_again(passage)) {
        place->request.again_ns = passage->sent_ns + AGAIN_NS;
        answer_first(passage);
    } else {
        passage->round->probes[passage->index].swallowed |= !place->request.unanswered;
        return false;
    }
    bool first = place->request.unanswered;
    if (lost && first)
        plan_resending(queue, passage, passage->sent_ns, 0);
    if (lost)
        return false;
    /* It does not overtake the SYN-ACK before it. */
    int64_t arrival_ns =
        ht_time_max(passage->sent_ns + passage->rtt_ns, first ? 0 : place->listener_free_ns);
    passage->rtt_ns = arrival_ns - passage->sent_ns;
    place->request.unanswered = false;
    if (first)
        place->listener_free_ns = arrival_ns;
    return true;
}

bool listener_sends_again(const struct resending *resending, int64_t now_ns)
{
    const struct ledger_place *place = resending->passage.place;
    return place->request.unanswered && place->request.connection == resending->connection &&
           place->request.resend_ns == now_ns;
}

void listener_sent_again(struct queue *queue, const struct resending *resending, int64_t now_ns,
                         bool lost)
{
    struct ledger_place *place = resending->passage.place;
    if (lost) {
        plan_resending(queue, &resending->passage, now_ns, resending->count + 1);
        return;
    }
    place->request.unanswered = false;
    place->listener_free_ns = now_ns + resending->passage.rtt_ns;
}

void listener_takes_reset(struct ledger_place *place, const struct probe_view *reset,
                          int64_t sent_ns)
{
    if (reset->tcp_sequence != place->request.sequence + 1)
        return;
    place->request.unanswered = false;
    place->listener_free_ns = ht_time_min(place->listener_free_ns, sent_ns);
}
