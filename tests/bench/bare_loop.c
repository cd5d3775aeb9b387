/* The limit: what raw sockets and sendmmsg can do on this machine without any state.
 *
 *     bare_loop icmp|udp|tcp [PPS [stamps]] <TARGETS
 *
 * TARGETS: a line "ADDRESS HOPS" each, all of one family. Sends one probe for each ttl from 1 to
 * HOPS, the fewest possible, sixty-four to a call, counts the answers, knows nothing about them and
 * ends when there are as many as probes. Without PPS there is no pace: only as many probes are
 * outstanding as the simulated network and the receive buffer can hold. With it, it wakes up every
 * 10 ms, sends what is due and takes what has come; "stamps": with the kernel's stamps of all
 * packets, both ways. One JSON object goes to stdout; exit status 0 if every probe was answered. */
#include "bare_packet.h"
#include "bare_socket.h"
#include "bare_stamps.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH BARE_BATCH
/* What simnet's ring holds: the network loses nothing either. With paths of 75 ms and full speed
 * not half as many are under way. */
#define OUTSTANDING_MAX 16384
/* Nothing came for so long: the rest is lost. */
#define PATIENCE_MS  2000
#define ANSWER_BYTES 128
/* Between two wake-ups at a pace: what hoptrace lets answers wait at most. */
#define TICK_NS 10000000

struct target {
    union bare_address address;
    unsigned hops;
};

struct loop {
    struct bare_kind kind;
    struct bare_sockets sockets;
    struct target *targets;
    size_t target_count;
    size_t next_target; /* whose probe goes next */
    unsigned next_ttl;
    uint64_t probes, sent, answers;
    uint64_t outstanding_max;
    uint64_t pps; /* 0: as fast as it goes */
    bool stamped;
    struct bare_stamps stamps;
    struct timespec tick;
    struct mmsghdr out[BATCH], in[BATCH];
    struct iovec out_parts[BATCH], in_parts[BATCH];
    uint8_t packets[BATCH][BARE_PACKET_MAX], received[BATCH][ANSWER_BYTES];
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Cuts the line in two. */
static bool read_target(struct target *target, sa_family_t family, char *line)
{
    char *blank = strchr(line, ' ');
    if (!blank)
        return false;
    *blank = '\0';
    unsigned long hops = strtoul(blank + 1, NULL, 10);
    target->hops = (unsigned)hops;
    return hops >= 1 && hops <= UINT8_MAX && bare_address_read(&target->address, family, line);
}

static bool read_targets(struct loop *loop)
{
    char line[128];
    size_t room = 0;
    sa_family_t family = AF_UNSPEC;
    while (fgets(line, sizeof line, stdin)) {
        if (loop->target_count == room) {
            room = room ? 2 * room : 1024;
            struct target *larger = realloc(loop->targets, room * sizeof *larger);
            if (!larger)
                return false;
            loop->targets = larger;
        }
        struct target *target = &loop->targets[loop->target_count++];
        if (!read_target(target, family, line))
            return false;
        family = target->address.any.sa_family;
        loop->probes += target->hops;
    }
    return loop->target_count > 0;
}

/* Everything that is the same for all batches. */
static void prepare(struct loop *loop)
{
    loop->next_ttl = 1;
    loop->outstanding_max = OUTSTANDING_MAX;
    if (loop->sockets.room < OUTSTANDING_MAX)
        loop->outstanding_max = loop->sockets.room;
    for (size_t i = 0; i < BATCH; i++) {
        memcpy(loop->packets[i], loop->kind.bytes, loop->kind.length);
        loop->out_parts[i] = (struct iovec){loop->packets[i], loop->kind.length};
        loop->out[i].msg_hdr.msg_iov = &loop->out_parts[i];
        loop->out[i].msg_hdr.msg_iovlen = 1;
        loop->out[i].msg_hdr.msg_namelen = bare_address_length(loop->kind.family);
        loop->in_parts[i] = (struct iovec){loop->received[i], ANSWER_BYTES};
        loop->in[i].msg_hdr.msg_iov = &loop->in_parts[i];
        loop->in[i].msg_hdr.msg_iovlen = 1;
    }
}

static size_t write_batch(struct loop *loop, size_t count)
{
    size_t i;
    for (i = 0; i < count && loop->next_target < loop->target_count; i++) {
        struct target *target = &loop->targets[loop->next_target];
        bare_packet_write(&loop->kind, loop->packets[i], &target->address, (uint8_t)loop->next_ttl,
                          (uint16_t)(loop->sent + i));
        loop->out[i].msg_hdr.msg_name = &target->address;
        if (loop->next_ttl++ == target->hops) {
            loop->next_ttl = 1;
            loop->next_target++;
        }
    }
    return i;
}

static bool send_batch(struct loop *loop, size_t count)
{
    size_t done = 0;
    while (done < count) {
        int sent = sendmmsg(loop->sockets.send_fd, loop->out + done, (unsigned)(count - done), 0);
        if (sent < 0 && errno != EINTR)
            return false;
        done += sent > 0 ? (size_t)sent : 0;
    }
    loop->sent += count;
    if (loop->stamped)
        bare_stamps_take_sent(&loop->stamps, &loop->sockets);
    return true;
}

static size_t receive_from(struct loop *loop, int fd)
{
    size_t all = 0;
    int count = BATCH;
    while (count == BATCH) {
        count = recvmmsg(fd, loop->in, BATCH, MSG_DONTWAIT, NULL);
        all += count > 0 ? (size_t)count : 0;
        if (loop->stamped && count > 0)
            bare_stamps_take_received(&loop->stamps, loop->in, (size_t)count);
    }
    loop->answers += all;
    return all;
}

static size_t receive(struct loop *loop)
{
    size_t received = receive_from(loop, loop->sockets.icmp_fd);
    return received + (loop->sockets.tcp_fd >= 0 ? receive_from(loop, loop->sockets.tcp_fd) : 0);
}

/* Until something can be received; false if nothing comes any more. */
static bool wait_for_answers(struct loop *loop)
{
    struct pollfd fds[] = {{.fd = loop->sockets.icmp_fd, .events = POLLIN},
                           {.fd = loop->sockets.tcp_fd, .events = POLLIN}};
    int ready = poll(fds, 2, PATIENCE_MS);
    return ready > 0 || (ready < 0 && errno == EINTR);
}

static bool turn(struct loop *loop)
{
    uint64_t room = loop->outstanding_max - (loop->sent - loop->answers);
    size_t count = write_batch(loop, room < BATCH ? (size_t)room : BATCH);
    if (count > 0 && !send_batch(loop, count))
        return false;
    return receive(loop) > 0 || count > 0 || wait_for_answers(loop);
}

static void wait_for_tick(struct loop *loop)
{
    loop->tick.tv_nsec += TICK_NS;
    if (loop->tick.tv_nsec >= 1000000000) {
        loop->tick.tv_nsec -= 1000000000;
        loop->tick.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &loop->tick, NULL) == EINTR)
        ;
}

/* What is due at this tick; false if nothing comes any more. */
static bool paced_turn(struct loop *loop, uint64_t ticks)
{
    uint64_t due = ticks * loop->pps / (1000000000 / TICK_NS);
    wait_for_tick(loop);
    while (loop->sent < loop->probes && loop->sent < due) {
        uint64_t left = due - loop->sent;
        if (!send_batch(loop, write_batch(loop, left < BATCH ? (size_t)left : BATCH)))
            return false;
    }
    return receive(loop) > 0 || loop->sent < loop->probes || wait_for_answers(loop);
}

/* Until all is answered, or nothing comes any more. */
static void probe(struct loop *loop)
{
    bool more = true;
    clock_gettime(CLOCK_MONOTONIC, &loop->tick);
    for (uint64_t ticks = 1; more && loop->answers < loop->probes; ticks++)
        more = loop->pps > 0 ? paced_turn(loop, ticks) : turn(loop);
}

static bool set_up(struct loop *loop, const char *protocol)
{
    union bare_address source = {0};
    if (!bare_source(&source, &loop->targets[0].address) ||
        !bare_kind_init(&loop->kind, protocol, &source) ||
        !bare_sockets_open(&loop->sockets, &loop->kind))
        return false;
    prepare(loop);
    return !loop->stamped || bare_stamps_begin(&loop->stamps, &loop->sockets, loop->out, loop->in);
}

int main(int argc, char **argv)
{
    static struct loop loop;
    double began = seconds(CLOCK_MONOTONIC);
    loop.stamped = argc == 4 && strcmp(argv[3], "stamps") == 0;
    if (argc < 2 || argc > 3 + loop.stamped || !read_targets(&loop)) {
        fputs("bare_loop icmp|udp|tcp [PPS [stamps]] <TARGETS: a line \"ADDRESS HOPS\" each\n",
              stderr);
        return 2;
    }
    loop.pps = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    if (!set_up(&loop, argv[1])) {
        perror("bare_loop");
        return 1;
    }
    probe(&loop);
    printf("{\"probes\":%llu,\"sent\":%llu,\"answers\":%llu,\"stamps_sent\":%llu,"
           "\"stamps_received\":%llu,\"wall_s\":%.6f,\"cpu_s\":%.6f}\n",
           (unsigned long long)loop.probes, (unsigned long long)loop.sent,
           (unsigned long long)loop.answers, (unsigned long long)loop.stamps.sent,
           (unsigned long long)loop.stamps.received, seconds(CLOCK_MONOTONIC) - began,
           seconds(CLOCK_PROCESS_CPUTIME_ID));
    free(loop.targets);
    return loop.answers == loop.probes ? 0 : 1;
}
