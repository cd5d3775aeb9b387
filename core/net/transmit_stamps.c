#define _GNU_SOURCE /* recvmmsg */
#include "net/transmit_stamps.h"

#include <linux/errqueue.h>
#include <netinet/in.h>

#include "net/raw_internal.h"

/* How stamps are given: read off the system's clock, numbered, without a copy of the packet. Who
 * wants one says so with each packet. */
#define UNNUMBERED (SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY)
#define NUMBERED   (UNNUMBERED | SOF_TIMESTAMPING_OPT_ID)

static bool set_mode(int fd, int mode)
{
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &mode, sizeof mode) == 0;
}

bool ht_transmit_stamps_ready(struct ht_transmit_stamps *stamps, int fd)
{
    if (stamps->refused || stamps->in_step)
        return !stamps->refused;
    /* Numbering begins at 0 when it is switched on. */
    stamps->refused = !set_mode(fd, UNNUMBERED) || !set_mode(fd, NUMBERED);
    stamps->in_step = !stamps->refused;
    stamps->next_number = 0;
    return stamps->in_step;
}

void ht_transmit_stamps_sent(struct ht_transmit_stamps *stamps, size_t asked, ssize_t sent)
{
    stamps->sent = sent > 0 ? (size_t)sent : 0;
    stamps->first_number = stamps->next_number;
    stamps->next_number += (uint32_t)stamps->sent;
    stamps->in_step = stamps->sent == asked;
}

size_t ht_transmit_stamps_place(const struct ht_transmit_stamps *stamps, uint32_t number)
{
    uint32_t place = number - stamps->first_number;
    return place < stamps->sent ? place : SIZE_MAX;
}

void ht_stamp_area_init(struct ht_stamp_area *area)
{
    for (size_t i = 0; i < HT_STAMP_RUN; i++)
        area->messages[i].msg_hdr.msg_control = area->controls[i].bytes;
}

static size_t read_queue(int fd, struct ht_stamp_area *area, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        struct msghdr *message = &area->messages[i].msg_hdr;
        message->msg_controllen = sizeof area->controls[i].bytes;
        message->msg_flags = 0;
    }
    int count = recvmmsg(fd, area->messages, (unsigned)most, MSG_ERRQUEUE | MSG_DONTWAIT, NULL);
    return count > 0 ? (size_t)count : 0;
}

static bool is_error_item(const struct cmsghdr *item)
{
    return (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR) ||
           (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR);
}

/* False: it is no stamp. The queue holds this host's own errors too, such as of packets larger than
 * the device takes. */
static bool read_item(struct msghdr *message, struct timespec *stamp, uint32_t *number)
{
    struct scm_timestamping stamps = {0};
    struct sock_extended_err about = {0};
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_TIMESTAMPING)
            (void)ht_copy_item(item, &stamps, sizeof stamps);
        else if (is_error_item(item))
            (void)ht_copy_item(item, &about, sizeof about);
    }
    *stamp = stamps.ts[0];
    *number = about.ee_data;
    return about.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && about.ee_info == SCM_TSTAMP_SND;
}

void ht_transmit_stamp_apply(struct ht_outgoing *packet, const struct ht_stamp_clock *clock,
                             struct timespec stamp, int64_t before_ns)
{
    int64_t sent_ns;
    if (!ht_stamp_to_mono(clock, stamp, &sent_ns) ||
        sent_ns < before_ns - HT_TRANSMIT_STAMP_SLACK_NS)
        return;
    packet->sent_ns = ht_time_max(sent_ns, before_ns);
    packet->kernel_stamp = true;
}

void ht_transmit_stamps_take(struct ht_transmit_stamps *stamps, int fd, struct ht_stamp_area *area,
                             struct ht_stamp_clock *clock, struct ht_outgoing *packets,
                             int64_t before_ns)
{
    size_t count = read_queue(fd, area, stamps->sent + HT_STAMPS_LATE);
    size_t found = 0;
    if (count > 0)
        ht_stamp_clock_update(clock, ht_clock_now());
    for (size_t i = 0; i < count; i++) {
        struct timespec stamp;
        uint32_t number;
        if (!read_item(&area->messages[i].msg_hdr, &stamp, &number))
            continue;
        size_t place = ht_transmit_stamps_place(stamps, number);
        if (place == SIZE_MAX)
            continue;
        found++;
        ht_transmit_stamp_apply(&packets[place], clock, stamp, before_ns);
    }
    if (stamps->sent > 0)
        stamps->prompt = found == stamps->sent;
}
