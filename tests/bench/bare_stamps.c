#include "bare_stamps.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <time.h>

static bool set(int fd, int option, int value)
{
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value) == 0;
}

/* As hoptrace asks: by the system's clock, without a copy of the packet, packet by packet. */
static void ask(struct msghdr *message, struct bare_stamp_room *room)
{
    const uint32_t request = SOF_TIMESTAMPING_TX_SOFTWARE;
    message->msg_control = room->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof request);
    struct cmsghdr *item = CMSG_FIRSTHDR(message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SO_TIMESTAMPING;
    item->cmsg_len = CMSG_LEN(sizeof request);
    memcpy(CMSG_DATA(item), &request, sizeof request);
}

static void rearm(struct mmsghdr *messages, struct bare_stamp_room *rooms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_control = rooms[i].bytes;
        messages[i].msg_hdr.msg_controllen = sizeof rooms[i].bytes;
    }
}

bool bare_stamps_begin(struct bare_stamps *stamps, const struct bare_sockets *sockets,
                       struct mmsghdr *out, struct mmsghdr *in)
{
    const int mode =
        SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_ID;
    for (size_t i = 0; i < BARE_BATCH; i++)
        ask(&out[i].msg_hdr, &stamps->out_room[i]);
    rearm(in, stamps->in_room, BARE_BATCH);
    return set(sockets->icmp_fd, SO_TIMESTAMPNS, 1) &&
           (sockets->tcp_fd < 0 || set(sockets->tcp_fd, SO_TIMESTAMPNS, 1)) &&
           set(sockets->send_fd, SO_TIMESTAMPING, mode);
}

/* How many of the messages have a stamp. */
static uint64_t stamped(struct mmsghdr *messages, size_t count, int type)
{
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct msghdr *message = &messages[i].msg_hdr;
        for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item))
            found += item->cmsg_level == SOL_SOCKET && item->cmsg_type == type;
    }
    return found;
}

void bare_stamps_take_sent(struct bare_stamps *stamps, const struct bare_sockets *sockets)
{
    int count = BARE_BATCH;
    while (count == BARE_BATCH) {
        rearm(stamps->queued, stamps->queued_room, BARE_BATCH);
        count = recvmmsg(sockets->send_fd, stamps->queued, BARE_BATCH, MSG_ERRQUEUE | MSG_DONTWAIT,
                         NULL);
        if (count > 0)
            stamps->sent += stamped(stamps->queued, (size_t)count, SO_TIMESTAMPING);
    }
}

void bare_stamps_take_received(struct bare_stamps *stamps, struct mmsghdr *in, size_t count)
{
    stamps->received += stamped(in, count, SO_TIMESTAMPNS);
    rearm(in, stamps->in_room, count);
}
