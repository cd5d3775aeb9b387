#include "link.h"

#include "bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The ring: a user without CAP_NET_ADMIN in the first namespace may not enlarge a
 * socket's receive buffer, but may map a ring of any size. */
#define RING_FRAME        2048u
#define RING_BLOCK        (1u << 18)
#define RING_BLOCKS       128u /* 32 MiB: 16,384 packets */
#define RING_BLOCKS_LEAST 4u
#define CLOCK_CHECK_NS    100000000

struct link {
    int fd;
    bool tun;
    uint8_t *ring;
    size_t ring_size;
    uint32_t frames, next;
    int64_t wall_offset_ns; /* CLOCK_REALTIME minus CLOCK_MONOTONIC */
    int64_t offset_checked_ns;
    uint8_t buffer[FRAME_MAX];
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t link_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static struct link *fail(struct link *link, const char *what, const char *name)
{
    fprintf(stderr, "simnet: %s: %s: %s\n", name, what, strerror(errno));
    link_close(link);
    return NULL;
}

static struct link *link_new(void)
{
    struct link *link = calloc(1, sizeof *link);

    if (link)
        link->fd = -1;
    return link;
}

/* Asks for less where the machine has not got so much memory in one piece. */
static bool map_ring(struct link *link)
{
    int version = TPACKET_V2;

    if (setsockopt(link->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0)
        return false;
    for (unsigned blocks = RING_BLOCKS; blocks >= RING_BLOCKS_LEAST; blocks /= 2) {
        struct tpacket_req request = {.tp_block_size = RING_BLOCK,
                                      .tp_block_nr = blocks,
                                      .tp_frame_size = RING_FRAME,
                                      .tp_frame_nr = RING_BLOCK / RING_FRAME * blocks};

        if (setsockopt(link->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0)
            continue;
        link->frames = request.tp_frame_nr;
        link->ring_size = (size_t)RING_BLOCK * blocks;
        link->ring = mmap(NULL, link->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, link->fd, 0);
        if (link->ring != MAP_FAILED)
            return true;
        link->ring = NULL;
        return false;
    }
    return false;
}

struct link *link_open_device(const char *name)
{
    struct sockaddr_ll device = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct link *link = link_new();
    int one = 1;

    if (!link)
        return fail(link, "memory", name);
    device.sll_ifindex = (int)if_nametoindex(name);
    if (device.sll_ifindex == 0)
        return fail(link, "no such device", name);
    /* Protocol 0: nothing is queued until the bind, when all is set. */
    link->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (link->fd < 0)
        return fail(link, "packet socket", name);
    if (setsockopt(link->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0)
        return fail(link, "ignoring what is sent", name);
    /* Without it sending costs more; nothing depends on it. */
    (void)setsockopt(link->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    if (!map_ring(link))
        return fail(link, "receive ring", name);
    if (bind(link->fd, (const struct sockaddr *)&device, sizeof device) != 0)
        return fail(link, "bind", name);
    return link;
}

/* Brings the device up: so it works however it is then given addresses. */
static bool set_up(struct ifreq *request)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, request) == 0;

    if (good) {
        request->ifr_flags |= IFF_UP;
        good = ioctl(fd, SIOCSIFFLAGS, request) == 0;
    }
    if (fd >= 0)
        close(fd);
    return good;
}

struct link *link_open_tun(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    struct link *link = link_new();

    if (!link)
        return fail(link, "memory", name);
    link->tun = true;
    link->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (link->fd < 0)
        return fail(link, "/dev/net/tun", name);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (ioctl(link->fd, TUNSETIFF, &request) != 0)
        return fail(link, "creating the device", name);
    if (!set_up(&request))
        return fail(link, "setting the device up", name);
    return link;
}

void link_close(struct link *link)
{
    if (!link)
        return;
    if (link->ring)
        munmap(link->ring, link->ring_size);
    if (link->fd >= 0)
        close(link->fd);
    free(link);
}

int link_fd(const struct link *link)
{
    return link->fd;
}

bool link_stamps(const struct link *link)
{
    return !link->tun;
}

/* The kernel stamps packets by the wall clock. It may be set while we run, so the
 * distance between the clocks is measured time and again. */
static int64_t wall_to_monotonic(struct link *link, int64_t wall_ns)
{
    int64_t now_ns = link_now_ns(), arrival_ns;

    if (!link->offset_checked_ns || now_ns - link->offset_checked_ns > CLOCK_CHECK_NS) {
        link->wall_offset_ns = clock_ns(CLOCK_REALTIME) - link_now_ns();
        link->offset_checked_ns = now_ns;
    }
    arrival_ns = wall_ns - link->wall_offset_ns;
    /* A stamp from the future, or older than a second, tells of a step of the clock. */
    return arrival_ns > now_ns || now_ns - arrival_ns > 1000000000 ? now_ns : arrival_ns;
}

static bool receive_ring(struct link *link, struct link_packet *packet)
{
    uint8_t *frame = link->ring + (size_t)link->next * RING_FRAME;
    struct tpacket2_hdr *header = (void *)frame;
    const uint8_t *ethernet;
    uint32_t status = __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE);

    if (!(status & TP_STATUS_USER))
        return false;
    ethernet = frame + header->tp_mac;
    packet->length = header->tp_snaplen < FRAME_HEADER ? 0 : header->tp_snaplen - FRAME_HEADER;
    packet->bytes = frame + header->tp_mac + FRAME_HEADER;
    packet->partial = status & TP_STATUS_CSUMNOTREADY;
    packet->arrival_ns =
        wall_to_monotonic(link, (int64_t)header->tp_sec * 1000000000 + header->tp_nsec);
    memcpy(packet->answer_header, ethernet + 6, 6);
    memcpy(packet->answer_header + 6, ethernet, 6);
    memcpy(packet->answer_header + 12, ethernet + 12, 2);
    /* ARP and the like look like no IP version at all. */
    if (get16(ethernet + 12) != ETHERTYPE_IP && get16(ethernet + 12) != ETHERTYPE_IPV6)
        packet->length = 0;
    return true;
}

static bool receive_tun(struct link *link, struct link_packet *packet)
{
    ssize_t length = read(link->fd, link->buffer, sizeof link->buffer);

    if (length <= 0)
        return false;
    memset(packet, 0, sizeof *packet);
    packet->bytes = link->buffer;
    packet->length = (size_t)length;
    packet->arrival_ns = link_now_ns();
    return true;
}

bool link_receive(struct link *link, struct link_packet *packet)
{
    return link->tun ? receive_tun(link, packet) : receive_ring(link, packet);
}

void link_done(struct link *link)
{
    struct tpacket2_hdr *header;

    if (link->tun)
        return;
    header = (void *)(link->ring + (size_t)link->next * RING_FRAME);
    __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    link->next = (link->next + 1) % link->frames;
}

static unsigned send_tun(struct link *link, const struct frame *frames, unsigned count)
{
    unsigned refused = 0;

    for (unsigned i = 0; i < count; i++) {
        size_t length = frames[i].length - FRAME_HEADER;

        refused += write(link->fd, frames[i].bytes + FRAME_HEADER, length) != (ssize_t)length;
    }
    return refused;
}

unsigned link_send(struct link *link, const struct frame *frames, unsigned count)
{
    struct mmsghdr messages[LINK_BATCH] = {0};
    struct iovec parts[LINK_BATCH];
    unsigned sent = 0, refused = 0;

    if (link->tun)
        return send_tun(link, frames, count);
    for (unsigned i = 0; i < count; i++) {
        parts[i] = (struct iovec){.iov_base = frames[i].bytes, .iov_len = frames[i].length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    while (sent < count) {
        int done = sendmmsg(link->fd, messages + sent, count - sent, 0);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            refused++; /* this one; the next may pass */
            done = 1;
        }
        sent += (unsigned)done;
    }
    return refused;
}

bool link_usable(struct link *link)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (link->tun)
        return false;
    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return false;
    return error != ENODEV && error != ENXIO;
}

uint64_t link_drops(struct link *link)
{
    struct tpacket_stats counts = {0};
    socklen_t size = sizeof counts;

    if (link->tun || getsockopt(link->fd, SOL_PACKET, PACKET_STATISTICS, &counts, &size) != 0)
        return 0;
    return counts.tp_drops;
}
