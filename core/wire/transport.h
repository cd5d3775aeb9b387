/* The transport protocols of probes, one file each behind one table: echo.c, udp.c, tcp.c. */
#ifndef HT_WIRE_TRANSPORT_H
#define HT_WIRE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/ip.h"
#include "wire/probe.h"

struct ht_transport {
    size_t header_length; /* without a length label */
    uint16_t payload_min;
    uint16_t length_labels; /* how many there are besides 0 */
    uint8_t length_unit;    /* bytes that each label adds, behind the payload or to the header */

    /* Writes header and beginning of the payload (HT_PAYLOAD_MIN bytes, or all of a smaller one):
     * what is not zero. `length` is that of header and payload together. Returns where the payload
     * begins. */
    size_t (*write)(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes,
                    size_t length);

    /* Reads a quoted transport header, the reader standing at its beginning and ending where the
     * quote ends. False: not a probe's. */
    bool (*read_quote)(struct ht_reader *reader, struct ht_reply *reply);
};

extern const struct ht_transport ht_transport_echo;   /* IPv4: RFC 792 */
extern const struct ht_transport ht_transport_echov6; /* RFC 4443 */
extern const struct ht_transport ht_transport_udp;    /* RFC 768 */
extern const struct ht_transport ht_transport_tcp;    /* RFC 9293 */

/* Where a reply shows a payload whose key is not padding, that is the best witness, since nobody
 * rewrites a payload: the key that counts. */
void ht_transport_take_payload_key(struct ht_reply *reply);

/* Id, sequence number and payload of an echo message whose type, code and checksum were read. */
bool ht_echo_read(struct ht_reader *reader, struct ht_reply *reply);

/* Writes the reset (HT_TCP_RESET_LENGTH bytes) that breaks off what SYNs of this flow may have
 * opened. Its sequence number is the next one expected (RFC 9293 section 3.10.7.4). */
#define HT_TCP_RESET_LENGTH 20
void ht_tcp_write_reset(const struct ht_flow *flow, uint8_t *bytes);

/* Adds what sequence number, timestamp and window of a reply prove. */
void ht_tcp_examine(const struct ht_reply *reply, const struct ht_flow *flow,
                    struct ht_probe_name name, struct ht_evidence *evidence);

/* A TCP segment that answers a SYN: SYN-ACK, or RST with an acknowledgement. The reader stands at
 * the TCP header. False: no answer to a SYN. */
bool ht_tcp_read_answer(struct ht_reader *reader, struct ht_reply *reply);

#endif
