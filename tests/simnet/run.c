#include "run.h"

#include "answer.h"
#include "packetlog.h"
#include "topofile.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LATE_NS 1000000
/* Waking up takes so long: the rest of the wait is spent looking at the clock. */
#define WAKE_NS 60000
/* More packets than this in so long a time are a flood. In a flood we read every NAP_NS
 * instead of waking up for each packet: the arrivals are stamped, so nothing is late. */
#define FLOOD_PACKETS 100
#define FLOOD_NS      10000000
#define NAP_NS        30000
#define RECEIVE_BATCH 128
#define LARGE_SLOTS   8192

struct runner {
    const struct options *options;
    struct topology *topology;
    struct link *link;
    struct network network;
    struct stats stats;
    struct timerq queue;
    FILE *log;
    const struct link_packet *packet; /* the one that is being answered */
    int signals, companion;           /* signalfd; pidfd or -1 */
    int64_t window_ns;                /* when the present span of FLOOD_NS began */
    unsigned window_packets;          /* in it */
    unsigned before_packets;          /* in the one before */
    bool realtime;
    bool stop;
};

static void enqueue(void *context, const uint8_t *bytes, size_t length, int64_t delay_ns)
{
    struct runner *runner = context;
    const struct link_packet *packet = runner->packet;

    if (!timerq_add(&runner->queue, packet->answer_header, bytes, length,
                    packet->arrival_ns + delay_ns))
        runner->stats.no_room++;
}

/* Returns whether there was anything. */
static bool receive(struct runner *runner)
{
    struct link_packet packet;
    struct probe probe;
    unsigned count = 0;

    runner->packet = &packet;
    while (count < RECEIVE_BATCH && link_receive(runner->link, &packet)) {
        enum probe_verdict verdict = network_packet(&runner->network, packet.bytes, packet.length,
                                                    packet.partial, packet.arrival_ns, &probe);

        if (runner->log && verdict != PROBE_NOT_IP)
            packetlog_write(runner->log, &probe, verdict, packet.arrival_ns);
        link_done(runner->link);
        count++;
    }
    runner->packet = NULL;
    runner->window_packets += count;
    return count > 0;
}

static void note_delay(struct stats *stats, int64_t late_ns)
{
    stats->late += late_ns > LATE_NS;
    if (late_ns > stats->latest_ns)
        stats->latest_ns = late_ns;
}

/* Sends what is due. Returns whether there was anything. */
static bool send_due(struct runner *runner)
{
    struct frame frames[LINK_BATCH];
    int64_t now_ns = link_now_ns(), due_ns;
    unsigned count = 0;

    while (count < LINK_BATCH && timerq_take(&runner->queue, now_ns, &frames[count], &due_ns)) {
        note_delay(&runner->stats, now_ns - due_ns);
        count++;
    }
    if (count == 0)
        return false;
    runner->stats.send_errors += link_send(runner->link, frames, count);
    for (unsigned i = 0; i < count; i++)
        timerq_release(&runner->queue, &frames[i]);
    return true;
}

static void write_file(const char *file_name, const struct runner *runner,
                       void (*print)(const struct stats *, const struct topology *, FILE *))
{
    FILE *file = file_name ? fopen(file_name, "we") : NULL;

    if (!file_name)
        return;
    if (file)
        print(&runner->stats, runner->topology, file);
    if (!file || fclose(file) != 0)
        fprintf(stderr, "simnet: %s: %s\n", file_name, strerror(errno));
}

static void write_stats(struct runner *runner)
{
    runner->stats.link_drops += link_drops(runner->link);
    write_file(runner->options->stats_file, runner, stats_print);
    write_file(runner->options->target_stats_file, runner, stats_print_targets);
    if (runner->log)
        fflush(runner->log);
}

static bool write_pid(const char *file_name, pid_t pid)
{
    FILE *file = fopen(file_name, "we");

    if (file)
        fprintf(file, "%d\n", (int)pid);
    if (file && fclose(file) == 0)
        return true;
    fprintf(stderr, "simnet: %s: %s\n", file_name, strerror(errno));
    return false;
}

/* Reads the topology file again; with faults in it the network stays as it is. The pid
 * file tells the one who asked that it is done, see control_reload. */
static void reload(struct runner *runner)
{
    const struct options *options = runner->options;
    struct topology fresh;

    topology_init(&fresh);
    if (options->topology_file && topofile_read(&fresh, options->topology_file) &&
        network_replace(&runner->network, &fresh)) {
        struct topology old = *runner->topology;

        *runner->topology = fresh;
        runner->network.topology = runner->topology;
        fresh = old;
        runner->stop = !stats_retarget(&runner->stats, runner->topology);
        if (runner->stop)
            fputs("simnet: no memory\n", stderr);
    }
    topology_fini(&fresh);
    if (options->pid_file)
        write_pid(options->pid_file, getpid());
}

static void read_signal(struct runner *runner)
{
    struct signalfd_siginfo signal;

    if (read(runner->signals, &signal, sizeof signal) != (ssize_t)sizeof signal)
        return;
    if (signal.ssi_signo == SIGUSR1)
        write_stats(runner);
    else if (signal.ssi_signo == SIGHUP)
        reload(runner);
    else
        runner->stop = true;
}

static bool is_flood(struct runner *runner, int64_t now_ns)
{
    if (now_ns - runner->window_ns > FLOOD_NS) {
        bool recent = now_ns - runner->window_ns < 2 * FLOOD_NS;

        runner->before_packets = recent ? runner->window_packets : 0;
        runner->window_packets = 0;
        runner->window_ns = now_ns;
    }
    return runner->before_packets > FLOOD_PACKETS || runner->window_packets > FLOOD_PACKETS;
}

/* How long to sleep at most, INT64_MAX for ever. *nap: do not wake up for packets. */
static int64_t sleep_time(struct runner *runner, bool *nap)
{
    int64_t now_ns = link_now_ns(), wait_ns = timerq_next(&runner->queue);
    bool flood = is_flood(runner, now_ns);

    *nap = flood && link_stamps(runner->link);
    if (runner->options->spin)
        return 0;
    if (wait_ns != INT64_MAX)
        wait_ns -= now_ns + WAKE_NS;
    /* With real-time priority, looking at the clock would keep the prober from its CPU,
     * and waking up for each answer would cost more than the answer. */
    if (*nap && runner->realtime)
        return NAP_NS;
    if (*nap && wait_ns > NAP_NS)
        wait_ns = NAP_NS;
    return wait_ns < 0 ? 0 : wait_ns;
}

/* Waits for a packet, a signal or the time of the next answer. */
static void sleep_until_next(struct runner *runner)
{
    struct pollfd fds[] = {
        {.fd = link_fd(runner->link), .events = POLLIN},
        {.fd = runner->signals, .events = POLLIN},
        {.fd = runner->companion, .events = POLLIN},
    };
    bool nap;
    int64_t wait_ns = sleep_time(runner, &nap);
    struct timespec wait = {0};

    if (nap)
        fds[0].fd = -1;
    wait.tv_sec = wait_ns / 1000000000;
    wait.tv_nsec = wait_ns % 1000000000;
    /* Who reads the log while we run shall find whole lines in it. */
    if (runner->log)
        fflush(runner->log);
    if (ppoll(fds, 3, wait_ns == INT64_MAX ? NULL : &wait, NULL) <= 0)
        return;
    if (fds[1].revents)
        read_signal(runner);
    if (fds[2].revents)
        runner->stop = true;
    /* An error of the device (taken down, gone) would be reported for ever: reading it
     * takes it away, and without a device there is nothing left to do. */
    if (fds[0].revents & (POLLERR | POLLNVAL) && !link_usable(runner->link))
        runner->stop = true;
}

/* Between two looks at the signals while packets flow. */
#define BUSY_TURNS 64

static void loop(struct runner *runner)
{
    unsigned turns = 0;

    while (!runner->stop) {
        bool received = receive(runner);
        bool sent = send_due(runner);

        /* The answers that are due soon are waited for with open eyes, see WAKE_NS. */
        if ((received || sent) && ++turns < BUSY_TURNS)
            continue;
        turns = 0;
        sleep_until_next(runner);
    }
}

static bool start(struct runner *runner)
{
    const struct options *options = runner->options;

    runner->signals = runner->companion = -1;
    if (!stats_init(&runner->stats, runner->topology) ||
        !network_init(&runner->network, runner->topology, &runner->stats, options->plan.seed,
                      enqueue, runner) ||
        !timerq_init(&runner->queue, options->queue, LARGE_SLOTS)) {
        fputs("simnet: no memory\n", stderr);
        return false;
    }
    if (options->log_file) {
        runner->log = fopen(options->log_file, "we");
        if (!runner->log) {
            fprintf(stderr, "simnet: %s: %s\n", options->log_file, strerror(errno));
            return false;
        }
        setvbuf(runner->log, NULL, _IOFBF, 1 << 20);
    }
    return true;
}

/* Signals come by a descriptor. That of a companion that is gone already: stop at once. */
static bool watch(struct runner *runner)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    runner->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (runner->options->exit_with) {
        runner->companion = (int)syscall(SYS_pidfd_open, runner->options->exit_with, 0);
        if (runner->companion < 0) {
            fprintf(stderr, "simnet: process %d: %s\n", (int)runner->options->exit_with,
                    strerror(errno));
            return false;
        }
    }
    return runner->signals >= 0;
}

/* All is open and packets are being queued: who waits for us may go on. The parent writes
 * the child's id, so that it is there when the parent is gone. */
static bool detach(const struct options *options)
{
    pid_t child = options->daemon ? fork() : 0;

    if (child < 0)
        return false;
    if (child == 0 && options->daemon) {
        setsid();
    } else if (options->pid_file && !write_pid(options->pid_file, child ? child : getpid())) {
        if (child > 0)
            kill(child, SIGTERM);
        return false;
    }
    if (child > 0)
        _exit(EXIT_SUCCESS);
    return true;
}

static void finish(struct runner *runner)
{
    if (runner->log)
        fclose(runner->log);
    if (runner->signals >= 0)
        close(runner->signals);
    if (runner->companion >= 0)
        close(runner->companion);
    timerq_fini(&runner->queue);
    network_fini(&runner->network);
    stats_fini(&runner->stats);
}

/* On a busy machine answers would leave milliseconds late, which looks like a slow network.
 * Who may, goes before ordinary processes; it is no fault if this is not granted. */
static void hurry(struct runner *runner)
{
    const struct sched_param priority = {.sched_priority = 1};

    runner->realtime = !runner->options->spin && sched_setscheduler(0, SCHED_RR, &priority) == 0;
}

int run(const struct options *options, struct topology *topology, struct link *link)
{
    struct runner runner = {.options = options, .topology = topology, .link = link};
    bool good = start(&runner) && watch(&runner);

    /* The default slack lets the kernel wake us 0.05 ms late. */
    prctl(PR_SET_TIMERSLACK, 1);
    hurry(&runner);
    good = good && detach(options);
    if (good) {
        loop(&runner);
        write_stats(&runner);
    }
    finish(&runner);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
