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
    size_t header_length;
    uint16_t payload_min;

    /* Writes header and beginning of the payload (HT_PAYLOAD_MIN bytes, or all of a smaller one):
     * what is not zero. `length` is that of header and payload together. */
    void (*write)(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes,
                  size_t length);

    /* Reads a quoted transport header, the reader standing at its beginning and ending where the
     * quote ends. The IPv4 id that was quoted is `ip_id` (0 for IPv6). False: not a probe's. */
    bool (*read_quote)(struct ht_reader *reader, uint16_t ip_id, struct ht_reply *reply);
};

extern const struct ht_transport ht_transport_echo;   /* IPv4: RFC 792 */
extern const struct ht_transport ht_transport_echov6; /* RFC 4443 */
extern const struct ht_transport ht_transport_udp;    /* RFC 768 */
extern const struct ht_transport ht_transport_tcp;    /* RFC 9293 */

/* Id, sequence number and payload of an echo message whose type, code and checksum were read. */
bool ht_echo_read(struct ht_reader *reader, struct ht_reply *reply);

/* Writes the reset (HT_TCP_RESET_LENGTH bytes) that breaks off what the SYN of this name may have
 * opened. Its sequence number is the next one expected (RFC 9293 section 3.10.7.4). */
#define HT_TCP_RESET_LENGTH 20
void ht_tcp_write_reset(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes);

/* A TCP segment that answers a SYN: SYN-ACK, or RST with an acknowledgement. The reader stands at
 * the TCP header. False: no answer to a SYN. */
bool ht_tcp_read_answer(struct ht_reader *reader, struct ht_reply *reply);

/* True if the sequence number is that of the probe, whose header begins at `probe`; an answer's may
 * count its payload (RFC 9293 section 3.10.7.1: a reset acknowledges what the segment occupied). */
bool ht_tcp_verify(const struct ht_reply *reply, const uint8_t *probe, size_t payload_size);

#endif
