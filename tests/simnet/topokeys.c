#include "topokeys.h"

#include "number.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_YES_NO, KIND_MS, KIND_PERCENT, KIND_COUNT, KIND_BYTE, KIND_OWN };

struct key {
    const char *name;
    unsigned where;
    enum kind kind;
    size_t offset; /* in struct fields, of the kind's type */
    bool (*set)(struct fields *fields, char *value);
};

bool topokeys_valid_name(const char *name)
{
    size_t length = strlen(name), label = 0;

    if (length == 0 || length > 250)
        return false;
    for (; *name; name++) {
        if (*name == '.' && (label == 0 || name[1] == '\0'))
            return false;
        label = *name == '.' ? 0 : label + 1;
        if (label > 63 || *name <= ' ' || strchr("\"\\\x7f", *name))
            return false;
    }
    return true;
}

/* Which of the words of a NULL-ended list; -1: none. */
static int choose(const char *value, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
    }
    return -1;
}

static bool set_rate(struct fields *fields, char *value)
{
    return number_rate(value, &fields->behaviour.rate_per_second, &fields->behaviour.rate_burst);
}

static bool set_balance(struct fields *fields, char *value)
{
    static const char *const words[] = {"flow", "packet", NULL};
    int choice = choose(value, words);

    fields->behaviour.per_packet = choice == 1;
    return choice >= 0;
}

static bool set_return(struct fields *fields, char *value)
{
    uint64_t hops;

    if (!number_whole(value, 0, 255, &hops))
        return false;
    fields->behaviour.return_hops = (int)hops;
    return true;
}

static bool set_unreachable(struct fields *fields, char *value)
{
    uint64_t code;

    if (!number_whole(value, 0, 255, &code))
        return false;
    fields->behaviour.unreachable = (int)code;
    return true;
}

static bool set_parameter(struct fields *fields, char *value)
{
    uint64_t code;

    if (!number_whole(value, 0, 255, &code))
        return false;
    fields->behaviour.parameter = (int)code;
    return true;
}

static bool set_too_big(struct fields *fields, char *value)
{
    uint64_t mtu;

    if (!number_whole(value, 68, 65535, &mtu))
        return false;
    fields->behaviour.too_big = (uint16_t)mtu;
    return true;
}

static bool set_too_big_says(struct fields *fields, char *value)
{
    static const char *const words[] = {"mtu", "plain", "nothing", NULL};
    int choice = choose(value, words);

    if (choice >= 0)
        fields->behaviour.too_big_says = (enum too_big_words)choice;
    return choice >= 0;
}

static bool set_dscp(struct fields *fields, char *value)
{
    uint64_t number;

    if (!number_whole(value, 0, 63, &number))
        return false;
    fields->behaviour.dscp = (int)number;
    return true;
}

static bool set_ecn(struct fields *fields, char *value)
{
    uint64_t number;

    if (!number_whole(value, 0, 3, &number))
        return false;
    fields->behaviour.ecn = (int)number;
    return true;
}

static bool set_router(struct fields *fields, const char *value, uint32_t *router)
{
    struct address address;

    if (!address_parse(&address, value))
        return false;
    *router = topology_router(fields->topology, &address);
    return *router != NO_INDEX;
}

static bool set_destination(struct fields *fields, char *value)
{
    return set_router(fields, value, &fields->behaviour.destination);
}

static bool set_port(struct fields *fields, char *value)
{
    uint64_t number;

    if (!number_whole(value, 1, 65535, &number))
        return false;
    fields->behaviour.port = (uint16_t)number;
    return true;
}

/* K/N */
static bool set_branch(struct fields *fields, char *value)
{
    char *count = strchr(value, '/');
    uint64_t branch, branches;

    if (!count)
        return false;
    *count++ = '\0';
    if (!number_whole(count, 1, UINT16_MAX, &branches) ||
        !number_whole(value, 0, branches - 1, &branch))
        return false;
    fields->behaviour.branch = (uint32_t)branch;
    fields->behaviour.branches = (uint32_t)branches;
    return true;
}

/* The parts of an interface, in their order. */
static bool set_part(struct interface *interface, unsigned part, const char *word)
{
    uint64_t number;

    if (part == 0) {
        if (!number_whole(word, 0, 3, &number))
            return false;
        interface->role = (uint8_t)number;
        return true;
    }
    if (strcmp(word, "-") == 0)
        return true;
    if (part == 1 || part == 4) {
        if (!number_whole(word, 0, UINT32_MAX, &number))
            return false;
        *(part == 1 ? &interface->index : &interface->mtu) = (uint32_t)number;
        *(part == 1 ? &interface->has_index : &interface->has_mtu) = true;
        return true;
    }
    if (part == 2)
        return interface->has_address = address_parse(&interface->address, word);
    interface->has_name = strlen(word) <= INTERFACE_NAME;
    if (interface->has_name)
        memcpy(interface->name, word, strlen(word) + 1);
    return interface->has_name;
}

/* ROLE,INDEX,ADDRESS,NAME,MTU, joined by +; "-": left out. */
static bool set_interface(struct fields *fields, char *value)
{
    struct behaviour *behaviour = &fields->behaviour;
    char *rest = NULL;

    for (char *word = strtok_r(value, "+", &rest); word; word = strtok_r(NULL, "+", &rest)) {
        struct interface *interface = &behaviour->interfaces[behaviour->interface_count];
        char *more = NULL;
        unsigned part = 0;

        if (behaviour->interface_count++ == INTERFACES)
            return false;
        memset(interface, 0, sizeof *interface);
        for (const char *at = strtok_r(word, ",", &more); at; at = strtok_r(NULL, ",", &more)) {
            if (part == 5 || !set_part(interface, part++, at))
                return false;
        }
        if (part != 5)
            return false;
    }
    return behaviour->interface_count > 0;
}

static bool set_firewall(struct fields *fields, char *value)
{
    /* In the order of enum firewall_action. */
    static const char *const words[] = {"track",   "no-data",       "options",
                                        "rewrite", "rewrite-fixed", NULL};
    char *rest = NULL;

    for (const char *word = strtok_r(value, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        int choice = choose(word, words);

        if (choice < 0)
            return false;
        fields->behaviour.firewall |= (uint8_t)(1u << choice);
    }
    return fields->behaviour.firewall != 0;
}

static bool set_quote(struct fields *fields, char *value)
{
    static const char *const words[] = {"full", "padded", NULL};
    int choice = choose(value, words);
    uint64_t bytes;

    if (choice >= 0) {
        fields->behaviour.quote = choice == 0 ? QUOTE_FULL : QUOTE_PADDED;
        return true;
    }
    fields->behaviour.quote = QUOTE_BYTES;
    if (!number_whole(value, 0, 1500, &bytes))
        return false;
    fields->behaviour.quote_bytes = (uint16_t)bytes;
    return true;
}

static bool set_nat(struct fields *fields, char *value)
{
    static const char *const words[] = {"id",
                                        "id-zero",
                                        "id-random",
                                        "checksum",
                                        "checksum-delta",
                                        "checksum-zero",
                                        "checksum-random",
                                        NULL};
    static const enum translation translations[] = {
        TRANSLATE_CHANGE, TRANSLATE_ZERO, TRANSLATE_RANDOM, TRANSLATE_CHANGE,
        TRANSLATE_DELTA,  TRANSLATE_ZERO, TRANSLATE_RANDOM};
    char *rest = NULL;

    for (char *word = strtok_r(value, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        int choice = choose(word, words);

        if (choice < 0)
            return false;
        if (choice < 3)
            fields->behaviour.quote_id = translations[choice];
        else
            fields->behaviour.quote_checksum = translations[choice];
    }
    return true;
}

/* LABEL/TC/TTL, joined by +. */
static bool set_mpls(struct fields *fields, char *value)
{
    struct behaviour *behaviour = &fields->behaviour;
    char *rest = NULL;

    behaviour->mpls_count = 0;
    for (char *word = strtok_r(value, "+", &rest); word; word = strtok_r(NULL, "+", &rest)) {
        char *more = NULL, *label = strtok_r(word, "/", &more);
        const char *tc = strtok_r(NULL, "/", &more), *ttl = strtok_r(NULL, "/", &more);
        uint64_t numbers[3];

        if (behaviour->mpls_count == MPLS_LABELS || !label || !tc || !ttl ||
            strtok_r(NULL, "/", &more) || !number_whole(label, 0, 0xfffff, &numbers[0]) ||
            !number_whole(tc, 0, 7, &numbers[1]) || !number_whole(ttl, 0, 255, &numbers[2]))
            return false;
        behaviour->mpls[behaviour->mpls_count++] =
            (uint32_t)(numbers[0] << 12 | numbers[1] << 9 | numbers[2]);
    }
    return behaviour->mpls_count > 0;
}

static bool set_mpls_mode(struct fields *fields, char *value)
{
    static const char *const words[] = {"length",          "no-length", "bad-sum", "zero-sum",
                                        "short-announced", "short",     NULL};
    int choice = choose(value, words);

    if (choice >= 0)
        fields->behaviour.mpls_mode = (enum mpls_mode)choice;
    return choice >= 0;
}

static bool set_forge(struct fields *fields, char *value)
{
    /* In the order of enum forgery. */
    static const char *const words[] = {"destination",
                                        "protocol",
                                        "id",
                                        "port",
                                        "sequence",
                                        "ip-id",
                                        "checksum",
                                        "payload",
                                        "truncated",
                                        "random",
                                        "outer-sum",
                                        "echo-id",
                                        "echo-seq",
                                        "tcp-ack",
                                        "tcp-port",
                                        "destination-cut",
                                        "destination-payload",
                                        "port-cut",
                                        "port-payload",
                                        NULL};
    char *rest = NULL;

    _Static_assert(sizeof words / sizeof *words == FORGE_KINDS + 1, "a word for each kind");
    for (char *word = strtok_r(value, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        int choice = choose(word, words);

        if (choice < 0 && strcmp(word, "all") != 0)
            return false;
        fields->behaviour.forge |= choice < 0 ? (1u << FORGE_KINDS) - 1 : 1u << choice;
    }
    return true;
}

static bool set_echo_cut(struct fields *fields, char *value)
{
    uint64_t bytes;

    if (!number_whole(value, 0, UINT16_MAX - 1, &bytes))
        return false;
    fields->endpoint.echo_cut = (uint16_t)bytes;
    return true;
}

static bool set_echo_tail(struct fields *fields, char *value)
{
    static const char *const words[] = {"kept", "zero", "change", NULL};
    int choice = choose(value, words);

    if (choice >= 0)
        fields->endpoint.echo_tail = (enum echo_tail)choice;
    return choice >= 0;
}

static bool set_udp(struct fields *fields, char *value)
{
    static const char *const words[] = {"unreachable", "silent", "reply", NULL};
    int choice = choose(value, words);

    if (choice >= 0)
        fields->endpoint.udp = (enum udp_mode)choice;
    return choice >= 0;
}

static bool set_tcp(struct fields *fields, char *value)
{
    static const char *const words[] = {"closed", "open", "filtered", NULL};
    int choice = choose(value, words);

    if (choice >= 0)
        fields->endpoint.tcp = (enum port_state)choice;
    return choice >= 0;
}

static bool set_open(struct fields *fields, char *value)
{
    char *rest = NULL;

    fields->endpoint.open_count = 0;
    if (strcmp(value, "none") == 0)
        return true;
    for (const char *word = strtok_r(value, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        uint64_t port;

        if (fields->endpoint.open_count == OPEN_PORTS || !number_whole(word, 1, 65535, &port))
            return false;
        fields->endpoint.open[fields->endpoint.open_count++] = (uint16_t)port;
    }
    return fields->endpoint.open_count > 0;
}

static bool set_tcp_options(struct fields *fields, char *value)
{
    static const char *const words[] = {"yes", "no", NULL};
    int choice = choose(value, words);

    fields->endpoint.plain_tcp = choice == 1;
    return choice >= 0;
}

static bool set_from(struct fields *fields, char *value)
{
    return set_router(fields, value, &fields->endpoint.from);
}

static bool set_name(struct fields *fields, char *value)
{
    if (!topokeys_valid_name(value))
        return false;
    memcpy(fields->name, value, strlen(value) + 1);
    return true;
}

#define BOTH          (KEYS_HOP | KEYS_TARGET)
#define FIELD(member) offsetof(struct fields, member)

static const struct key KEYS[] = {
    {"rtt", BOTH, KIND_MS, FIELD(rtt_ns), NULL},
    {"jitter", BOTH, KIND_MS, FIELD(behaviour.jitter_ns), NULL},
    {"loss", BOTH, KIND_PERCENT, FIELD(behaviour.loss), NULL},
    {"lose-first", BOTH, KIND_COUNT, FIELD(behaviour.lose_first), NULL},
    {"lose-every", BOTH, KIND_COUNT, FIELD(behaviour.lose_every), NULL},
    {"late", BOTH, KIND_MS, FIELD(behaviour.late_ns), NULL},
    {"late-every", BOTH, KIND_COUNT, FIELD(behaviour.late_every), NULL},
    {"copies", BOTH, KIND_COUNT, FIELD(behaviour.copies), NULL},
    {"copy-gap", BOTH, KIND_MS, FIELD(behaviour.copy_gap_ns), NULL},
    {"rate", BOTH, KIND_OWN, 0, set_rate},
    {"silent", BOTH, KIND_YES_NO, FIELD(behaviour.silent), NULL},
    {"balance", KEYS_HOP, KIND_OWN, 0, set_balance},
    {"ttl", BOTH, KIND_BYTE, FIELD(behaviour.reply_ttl), NULL},
    {"return", BOTH, KIND_OWN, 0, set_return},
    {"unreachable", BOTH, KIND_OWN, 0, set_unreachable},
    {"parameter", BOTH, KIND_OWN, 0, set_parameter},
    {"refuse-first", BOTH, KIND_COUNT, FIELD(behaviour.refuse_first), NULL},
    {"refuse-every", BOTH, KIND_COUNT, FIELD(behaviour.refuse_every), NULL},
    {"too-big", KEYS_HOP, KIND_OWN, 0, set_too_big},
    {"too-big-says", KEYS_HOP, KIND_OWN, 0, set_too_big_says},
    {"dscp", KEYS_HOP, KIND_OWN, 0, set_dscp},
    {"ecn", KEYS_HOP, KIND_OWN, 0, set_ecn},
    {"destination", KEYS_HOP, KIND_OWN, 0, set_destination},
    {"port", KEYS_HOP, KIND_OWN, 0, set_port},
    {"branch", BOTH, KIND_OWN, 0, set_branch},
    {"interface", BOTH, KIND_OWN, 0, set_interface},
    {"firewall", KEYS_HOP, KIND_OWN, 0, set_firewall},
    {"expire-first", BOTH, KIND_YES_NO, FIELD(behaviour.expire_first), NULL},
    {"quote", BOTH, KIND_OWN, 0, set_quote},
    {"quote-ttl", BOTH, KIND_BYTE, FIELD(behaviour.quote_ttl), NULL},
    {"clear-tos", BOTH, KIND_YES_NO, FIELD(behaviour.quote_clear_tos), NULL},
    {"nat", BOTH, KIND_OWN, 0, set_nat},
    {"bad-ip-sum", BOTH, KIND_YES_NO, FIELD(behaviour.quote_bad_ip_sum), NULL},
    {"quote-options", BOTH, KIND_YES_NO, FIELD(behaviour.quote_options), NULL},
    {"quote-extension", BOTH, KIND_YES_NO, FIELD(behaviour.quote_extension), NULL},
    {"outer-options", BOTH, KIND_YES_NO, FIELD(behaviour.outer_options), NULL},
    {"outer-extension", BOTH, KIND_YES_NO, FIELD(behaviour.outer_extension), NULL},
    {"mpls", BOTH, KIND_OWN, 0, set_mpls},
    {"mpls-mode", BOTH, KIND_OWN, 0, set_mpls_mode},
    {"forge", BOTH, KIND_OWN, 0, set_forge},
    {"name", KEYS_HOP, KIND_OWN, 0, set_name},
    {"echo", KEYS_TARGET, KIND_YES_NO, FIELD(endpoint.echo), NULL},
    {"echo-cut", KEYS_TARGET, KIND_OWN, 0, set_echo_cut},
    {"echo-tail", KEYS_TARGET, KIND_OWN, 0, set_echo_tail},
    {"udp", KEYS_TARGET, KIND_OWN, 0, set_udp},
    {"tcp", KEYS_TARGET, KIND_OWN, 0, set_tcp},
    {"open", KEYS_TARGET, KIND_OWN, 0, set_open},
    {"tcp-options", KEYS_TARGET, KIND_OWN, 0, set_tcp_options},
    {"from", KEYS_TARGET, KIND_OWN, 0, set_from},
    {"count", KEYS_TARGET, KIND_COUNT, FIELD(count), NULL},
};

static bool set_plain(void *field, enum kind kind, const char *value)
{
    static const char *const words[] = {"no", "yes", NULL};
    int choice = choose(value, words);
    uint64_t whole;
    double real;

    switch (kind) {
    case KIND_YES_NO:
        *(bool *)field = choice == 1;
        return choice >= 0;
    case KIND_MS:
        if (!number_real(value, 0, 3600000, &real))
            return false;
        *(int64_t *)field = (int64_t)(real * NANOSECONDS_PER_MS + 0.5);
        return true;
    case KIND_PERCENT:
        if (!number_real(value, 0, 100, &real))
            return false;
        *(double *)field = real / 100;
        return true;
    case KIND_COUNT:
        if (!number_whole(value, 1, 1000000, &whole))
            return false;
        *(uint32_t *)field = (uint32_t)whole;
        return true;
    case KIND_BYTE:
        if (!number_whole(value, 1, 255, &whole))
            return false;
        *(uint8_t *)field = (uint8_t)whole;
        return true;
    default:
        return false;
    }
}

const char *topokeys_set(struct fields *fields, char *word, unsigned where)
{
    char *value = strchr(word, '=');

    if (!value)
        return "KEY=VALUE expected";
    *value++ = '\0';
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        const struct key *key = &KEYS[i];

        if (strcmp(key->name, word) != 0)
            continue;
        if (!(key->where & where))
            return "this key has no place here";
        if (key->set ? key->set(fields, value)
                     : set_plain((char *)fields + key->offset, key->kind, value))
            return NULL;
        return "bad value";
    }
    return "unknown key";
}
