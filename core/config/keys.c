#include "config/keys.h"

#include <string.h>

#include "config/key_row.h"
#include "config/process.h"
#include "hoptrace/time.h"

/* Where the value goes. */
#define FIELD(type, field) .offset = offsetof(type, field), .size = sizeof(((type *)0)->field)
#define TARGET(field)      .scope = HT_SCOPE_TARGET, FIELD(struct ht_settings, field)
#define PROCESS(field)     .scope = HT_SCOPE_PROCESS, FIELD(struct ht_process_settings, field)

/* What it may be. */
#define INTEGER(least, most, normal)                                                               \
    .type = HT_KEY_INTEGER, .minimum = (least), .maximum = (most), .standard = (normal)
#define SECONDS(least_ms, most_ms, normal_ms)                                                      \
    .type = HT_KEY_SECONDS, .minimum = (least_ms)*HT_NS_PER_MS, .maximum = (most_ms)*HT_NS_PER_MS, \
    .standard = (normal_ms)*HT_NS_PER_MS
#define PERCENT(most, normal)                                                                      \
    .type = HT_KEY_PERCENT, .minimum = 0, .maximum = (most)*HT_KEY_UNIT,                           \
    .standard = (normal)*HT_KEY_UNIT
#define INTERVAL SECONDS(100, 86400000, 0), .may_be_unset = true
#define BOOLEAN  .type = HT_KEY_BOOLEAN
#define TEXT     .type = HT_KEY_TEXT

/* How the command line gives it: with a value, or for one. */
#define OPTION(letter, name, argument, help)                                                       \
    {                                                                                              \
        (letter), (name), (argument), (help), NULL                                                 \
    }
#define STANDS_FOR(letter, name, value, help)                                                      \
    {                                                                                              \
        (letter), (name), NULL, (help), (value)                                                    \
    }

static const struct ht_key table[] = {
    {.name = "config",
     PROCESS(config_path),
     TEXT,
     .options = {OPTION('c', "config", "FILE", "configuration file: targets and defaults")}},
    {.name = "targets_file",
     PROCESS(targets_file),
     TEXT,
     .not_empty = true,
     .in_file = true,
     .options = {OPTION('F', "targets", "FILE", "further targets, one HOST a line; -: stdin")}},
    {.name = "output",
     PROCESS(output),
     TEXT,
     .options = {OPTION('o', "output", "FORMAT",
                        "text, json, json-array, influx, putval, prometheus or dot, default text"),
                 STANDS_FOR('j', NULL, "json", "JSON, one line a target"),
                 STANDS_FOR('J', NULL, "json-pretty", "JSON, pretty")}},
    {.name = "output_file",
     PROCESS(output_file),
     TEXT,
     .not_empty = true,
     .options = {OPTION(0, "output-file", "FILE", "write there instead of standard output")}},
    {.name = "family",
     TARGET(family),
     TEXT,
     .set_word = ht_set_family,
     .words = "any, ipv4, ipv6",
     .options = {STANDS_FOR('4', NULL, "ipv4", "IPv4 only"),
                 STANDS_FOR('6', NULL, "ipv6", "IPv6 only")}},
    {.name = "protocol",
     TARGET(protocol),
     TEXT,
     .set_word = ht_set_protocol,
     .words = "icmp, udp, tcp",
     .options = {OPTION('P', "protocol", "NAME", "what the probes are"),
                 STANDS_FOR('I', NULL, "icmp", "as --protocol icmp, the default"),
                 STANDS_FOR('U', NULL, "udp", "as --protocol udp"),
                 STANDS_FOR('T', NULL, "tcp", "as --protocol tcp")}},
    {.name = "port",
     TARGET(port),
     INTEGER(1, 65535, 0),
     .may_be_unset = true,
     .options = {OPTION('p', "port", "N",
                        "destination port, default udp 33434, tcp 80; icmp has none")}},
    {.name = "first_ttl",
     TARGET(first_ttl),
     INTEGER(1, 255, 1),
     .options = {OPTION('f', "first-ttl", "N", "first ttl probed")}},
    {.name = "max_ttl",
     TARGET(max_ttl),
     INTEGER(1, 255, 30),
     .options = {OPTION('m', "max-ttl", "N", "last ttl probed")}},
    {.name = "gap_limit",
     TARGET(gap_limit),
     INTEGER(0, 255, 5),
     .options = {OPTION('g', "gap-limit", "N",
                        "stop after so many silent hops in a row; 0: never")}},
    {.name = "probes",
     TARGET(probes),
     INTEGER(1, 1000, HT_PROBES_OF_FLOWS),
     .may_be_unset = true,
     .words = "3, with several flows 1",
     .options = {OPTION('q', "probes", "N", "probes per hop and flow")}},
    {.name = "end_probes",
     TARGET(end_probes),
     INTEGER(1, 1000, 0),
     .may_be_unset = true,
     .words = "as for a hop",
     .options = {OPTION(0, "end-probes", "N", "probes at the destination's ttl")}},
    {.name = "retries",
     TARGET(retries),
     INTEGER(0, 10, 1),
     .options = {OPTION('r', "retries", "N", "extra probes for a hop without any answer")}},
    {.name = "timeout",
     TARGET(timeout_ns),
     SECONDS(1, 60000, 1000),
     .word = "auto",
     .word_value = HT_TIMEOUT_AUTO,
     .options = {OPTION('w', "timeout", "SECONDS",
                        "how long a reply to one probe counts, or auto")}},
    {.name = "payload_size",
     TARGET(payload_size),
     INTEGER(0, 8900, HT_PAYLOAD_OF_PROTOCOL),
     .may_be_unset = true,
     .words = "32, tcp 0",
     .options = {OPTION('l', "payload-size", "N", "bytes after the probe's header")}},
    {.name = "tos",
     TARGET(tos),
     INTEGER(0, 255, 0),
     .number_of_word = ht_number_of_tos,
     .options = {OPTION('t', "tos", "N", "IPv4 TOS byte, IPv6 traffic class, or a DSCP name")}},
    {.name = "source",
     TARGET(source),
     TEXT,
     .set_word = ht_set_source,
     .options = {OPTION('s', "source", "ADDRESS",
                        "source address; fe80::1%eth0: with its device")}},
    {.name = "interface",
     TARGET(interface),
     TEXT,
     .set_word = ht_set_interface,
     .options = {OPTION('i', "interface", "NAME", "send through this device")}},
    {.name = "fwmark",
     TARGET(fwmark),
     INTEGER(0, UINT32_MAX, 0),
     .options = {OPTION(0, "fwmark", "N", "mark of the packets, for policy routing; 0: none")}},
    {.name = "numeric",
     TARGET(numeric),
     BOOLEAN,
     .options = {STANDS_FOR('n', "numeric", "true", "no reverse names")}},
    {.name = "share_hops",
     TARGET(share_hops),
     BOOLEAN,
     .options = {STANDS_FOR(0, "share-hops", "true",
                            "measure hops that many targets share only once")}},
    {.name = "flows",
     TARGET(flows),
     INTEGER(1, HT_FLOWS_MAX, 1),
     .word = "all",
     .word_value = HT_FLOWS_ALL,
     .options = {OPTION(0, "flows", "N", "constant flows, or all: until all paths are seen")}},
    {.name = "confidence",
     TARGET(confidence),
     .type = HT_KEY_PERCENT,
     .minimum = 50 * HT_KEY_UNIT,
     .maximum = 999 * (HT_KEY_UNIT / 10),
     .standard = 95 * HT_KEY_UNIT,
     .options = {OPTION(0, "confidence", "N", "with all flows: percent sure of it")}},
    {.name = "mtu",
     TARGET(mtu),
     BOOLEAN,
     .options = {STANDS_FOR(0, "mtu", "true",
                            "find the path MTU and the hop that limits it; not by TCP")}},
    {.name = "window",
     TARGET(window),
     INTEGER(2, 1000, 20),
     .options = {OPTION(0, "window", "N", "rounds that windows and verdicts look back")}},
    {.name = "loss_warning",
     TARGET(loss_warning),
     PERCENT(100, 5),
     .options = {OPTION(0, "loss-warning", "N", "percent of loss that is an event; 100: never")}},
    {.name = "rtt_warning",
     TARGET(rtt_warning),
     PERCENT(10000, 50),
     .options = {OPTION(0, "rtt-warning", "N", "percent above the usual time that is an event")}},
    {.name = "hop_values",
     TARGET(hop_values),
     TEXT,
     .set_word = ht_set_hop_values,
     .words = "all, none"},
    {.name = "interval", TARGET(interval_ns), INTERVAL}, /* a target's own, where rounds repeat */
    {.name = "interval",
     PROCESS(interval_ns),
     INTERVAL,
     .options = {OPTION(0, "interval", "SECONDS",
                        "keep going, a round of every target each interval")}},
    {.name = "trigger",
     PROCESS(trigger),
     TEXT,
     .set_word = ht_set_trigger,
     .words = "interval, stdin, sighup, sigusr1, sigusr2",
     .in_file = true,
     .options = {OPTION(0, "trigger", "WHAT", "what begins rounds")}},
    {.name = "rounds",
     PROCESS(rounds),
     INTEGER(0, UINT32_MAX, 0),
     .options = {OPTION(0, "rounds", "N", "while it keeps going: stop after N rounds; 0: never")}},
    {.name = "events",
     PROCESS(events),
     BOOLEAN,
     .in_file = true,
     .daemon = HT_DAEMON_TAKES,
     .options = {STANDS_FOR(0, "events", "true", "events as well as records")}},
    {.name = "self",
     PROCESS(self),
     BOOLEAN,
     .in_file = true,
     .daemon = HT_DAEMON_TAKES,
     .options = {STANDS_FOR(0, "self", "true", "the program's own health as well as records")}},
    {.name = "state",
     PROCESS(state),
     TEXT,
     .not_empty = true,
     .in_file = true,
     .daemon = HT_DAEMON_TAKES,
     .options = {OPTION(0, "state", "FILE", "what is known of paths, kept for the next process")}},
    {.name = "asn_db",
     PROCESS(asn_db),
     TEXT,
     .not_empty = true,
     .in_file = true,
     .options = {OPTION(0, "asn-db", "FILE", "database: autonomous system of each address")}},
    {.name = "listen",
     PROCESS(listen),
     TEXT,
     .not_empty = true,
     .in_file = true,
     .options = {OPTION(0, "listen", "WHERE", "serve the Prometheus page at [ADDRESS:]PORT")}},
    {.name = "shard",
     PROCESS(shard),
     TEXT,
     .set_word = ht_set_shard,
     .in_file = true,
     .daemon = HT_DAEMON_TAKES,
     .options = {OPTION(0, "shard", "K/N", "only targets that fall to host K of N, default 1/1")}},
    {.name = "sockets",
     PROCESS(sockets),
     TEXT,
     .set_word = ht_set_sockets,
     .words = "auto, raw, user",
     .in_file = true,
     .daemon = HT_DAEMON_TAKES,
     .options = {OPTION(0, "sockets", "HOW", "raw where allowed, raw, or without privilege")}},
    {.name = "pps",
     PROCESS(pps),
     INTEGER(0, 10000000, 1000),
     .in_file = true,
     .daemon = HT_DAEMON_TAKES,
     .options = {OPTION(0, "pps", "N", "most packets a second; 0: no ceiling")}},
    {.name = "deadline",
     PROCESS(deadline_ns),
     SECONDS(0, 86400000, 0),
     .in_file = true,
     .daemon = HT_DAEMON_TAKES_DEFAULT,
     .options = {OPTION(0, "deadline", "SECONDS", "close all records by then; 0: none")}},
    {.name = "no_sandbox",
     PROCESS(no_sandbox),
     BOOLEAN,
     .options = {STANDS_FOR(0, "no-sandbox", "true", "without what keeps faults harmless")}},
    {.name = "check_config",
     PROCESS(check_config),
     BOOLEAN,
     .options = {STANDS_FOR(
         0, "check-config",
         "true", "say what is wrong with the configuration, or how many targets it has")}},
    {.name = "version",
     PROCESS(version),
     BOOLEAN,
     .options = {STANDS_FOR('V', "version", "true", "print the version, exit")}},
    {.name = "help",
     PROCESS(help),
     BOOLEAN,
     .options = {STANDS_FOR('h', "help", "true", "print this help, exit")}},
};

#define ROWS (sizeof table / sizeof table[0])
const struct ht_key *const ht_key_rows = table;
const struct ht_key *const ht_key_rows_end = table + ROWS;
_Static_assert(ROWS <= HT_KEYS_MAX, "front ends have room for all keys");

/* ---- finding a row ---- */

typedef bool is_same(const char *name, const char *other);

static const struct ht_key *find(enum ht_key_scope scope, const char *name, is_same *same)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (table[i].scope == scope && same(table[i].name, name))
            return &table[i];
    }
    return NULL;
}

static bool equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The next character that counts in a loose comparison, in lower case. */
static char next_letter(const char **text)
{
    while (**text == '_' || **text == '-')
        (*text)++;
    char letter = **text;
    if (letter != '\0')
        (*text)++;
    if (letter >= 'A' && letter <= 'Z')
        letter = (char)(letter - 'A' + 'a');
    return letter;
}

static bool loosely_equal(const char *a, const char *b)
{
    char letter;
    do {
        letter = next_letter(&a);
        if (letter != next_letter(&b))
            return false;
    } while (letter != '\0');
    return true;
}

const struct ht_key *ht_key_find(const char *name)
{
    return find(HT_SCOPE_TARGET, name, equal);
}

const struct ht_key *ht_process_key_find(const char *name)
{
    return find(HT_SCOPE_PROCESS, name, equal);
}

const struct ht_key *ht_key_find_loosely(const char *name)
{
    return find(HT_SCOPE_TARGET, name, loosely_equal);
}

const struct ht_key *ht_process_key_find_loosely(const char *name)
{
    return find(HT_SCOPE_PROCESS, name, loosely_equal);
}

const struct ht_key *ht_key_at(size_t index)
{
    return index < ROWS ? &table[index] : NULL;
}

/* ---- columns ---- */

const char *ht_key_name(const struct ht_key *key)
{
    return key->name;
}

enum ht_key_type ht_key_type(const struct ht_key *key)
{
    return key->type;
}

enum ht_key_scope ht_key_scope(const struct ht_key *key)
{
    return key->scope;
}

bool ht_key_in_file(const struct ht_key *key)
{
    return key->scope == HT_SCOPE_TARGET || key->in_file;
}

enum ht_key_daemon ht_key_daemon(const struct ht_key *key)
{
    return key->scope == HT_SCOPE_TARGET ? HT_DAEMON_TAKES : key->daemon;
}

const struct ht_key_option *ht_key_options(const struct ht_key *key)
{
    return key->options;
}
