/* TCP segments: the options of those that open a connection (RFC 9293, RFC 7323, RFC 2018), read
 * and written, and what is sent back. Pure: bytes in, fields out. */
#ifndef SIMNET_SEGMENT_H
#define SIMNET_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define SEGMENT_OPTIONS_MAX 40

/* Which options are there; the values of the others mean nothing. */
struct segment_options {
    bool mss, sack, timestamps, window_scale;
    uint32_t ts_value, ts_echo;
};

/* A segment to be sent back; ports are those of the probe, swapped. */
struct segment {
    uint32_t sequence, ack;
    uint8_t flags;
    struct segment_options options;
};

/* Reads the option bytes behind a TCP header. False: an option has a length that it cannot have,
 * or stands there twice. */
bool segment_options_read(struct segment_options *options, const uint8_t *bytes, size_t length);

/* Writes them in the order of Linux, padded to whole words; returns how many bytes. */
size_t segment_options_write(const struct segment_options *options,
                             uint8_t bytes[SEGMENT_OPTIONS_MAX]);

#endif
