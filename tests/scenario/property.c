#include "property.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "forge.h"
#include "packet.h"

const struct behaviour behaviour_default = {
    .answer = {.kind = ANSWER_SILENT},
    .rtt = {.items_ns = {10000000}, .count = 1},
    .copies = 1,
    .copy_gap_ns = 1000000,
    .quote = UINT32_MAX,
    .echo_cut = UINT32_MAX,
    .reply_ttl = 60,
    .crowd = 1,
};

static bool parse_answer(const char *text, struct behaviour *effect)
{
    static const char *const names[] = {"exceeded",    "end",       "refused", "listener",
                                        "unreachable", "parameter", "too_big", "silent"};
    size_t length = strcspn(text, ":");
    uint32_t code = 0;
    if (text[length] == ':' && !value_unsigned(text + length + 1, 255, &code))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && strncmp(text, names[i], length) == 0) {
            effect->answer.kind = (enum answer)i;
            effect->answer.code = (uint8_t)code;
            return true;
        }
    }
    return false;
}

static bool parse_rtt(const char *text, struct behaviour *effect)
{
    return value_times(text, &effect->rtt);
}

static bool parse_jitter(const char *text, struct behaviour *effect)
{
    return value_time(text, &effect->jitter_ns);
}

static bool parse_loss(const char *text, struct behaviour *effect)
{
    return value_number(text, &effect->loss);
}

static bool parse_answer_loss(const char *text, struct behaviour *effect)
{
    return value_number(text, &effect->answer_loss);
}

static bool parse_limit(const char *text, struct behaviour *effect)
{
    char rate[32];
    size_t length = strcspn(text, "/");
    (void)snprintf(rate, sizeof rate, "%.*s", (int)length, text);
    if (!value_number(rate, &effect->limit.per_second))
        return false;
    effect->limit.burst = 1;
    return text[length] == '\0' || value_number(text + length + 1, &effect->limit.burst);
}

static bool parse_responder(char *text, struct responder *responder)
{
    responder->weight = 1;
    char *star = strchr(text, '*');
    if (star != NULL) {
        *star = '\0';
        if (!value_unsigned(star + 1, 1000, &responder->weight))
            return false;
    }
    responder->is_destination = strcmp(text, "destination") == 0;
    return responder->is_destination || ht_address_parse(text, &responder->address);
}

static bool parse_by(const char *text, struct behaviour *effect)
{
    char item[HT_ADDRESS_TEXT_MAX];
    struct responders *by = &effect->by;
    memset(by, 0, sizeof *by);
    while (value_next(&text, item, sizeof item)) {
        if (by->count == RESPONDERS_MAX || !parse_responder(item, &by->items[by->count]))
            return false;
        by->count++;
    }
    return by->count > 0;
}

/* Which of `count` words; `count`: none of them. */
static size_t choose(const char *text, const char *const *names, size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(names[i], text) != 0)
        i++;
    return i;
}

static bool parse_balance(const char *text, struct behaviour *effect)
{
    static const char *const names[] = {"turn", "random", "flow", "rotate", "passing"};
    size_t chosen = choose(text, names, 5);
    effect->balance = (enum balance)chosen;
    return chosen < 5;
}

static bool parse_firewall(const char *text, struct behaviour *effect)
{
    static const char *const names[] = {"track", "rewrite", "rewrite_fixed"};
    char item[32];
    effect->firewall = 0;
    while (value_next(&text, item, sizeof item)) {
        size_t chosen = choose(item, names, 3);
        if (chosen == 3)
            return false;
        effect->firewall |= 1u << chosen;
    }
    return effect->firewall != 0;
}

static bool parse_yes_no(const char *text, bool *yes)
{
    *yes = strcmp(text, "yes") == 0;
    return *yes || strcmp(text, "no") == 0;
}

static bool parse_unnamed(const char *text, struct behaviour *effect)
{
    return parse_yes_no(text, &effect->unnamed);
}

static bool parse_tcp_options(const char *text, struct behaviour *effect)
{
    bool options;
    bool good = parse_yes_no(text, &options);
    effect->plain_tcp = !options;
    return good;
}

static bool parse_echo_cut(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, UINT16_MAX, &effect->echo_cut);
}

static bool parse_echo_tail(const char *text, struct behaviour *effect)
{
    static const char *const names[] = {"kept", "zero", "change"};
    size_t chosen = choose(text, names, 3);
    effect->echo_tail = (enum echo_tail)chosen;
    return chosen < 3;
}

static bool parse_label_place(const char *text, struct behaviour *effect)
{
    static const char *const names[] = {"padded", "short_announced", "short"};
    size_t chosen = choose(text, names, 3);
    effect->label_place = (enum label_place)chosen;
    return chosen < 3;
}

static bool parse_copies(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, 100, &effect->copies);
}

static bool parse_copy_gap(const char *text, struct behaviour *effect)
{
    return value_time(text, &effect->copy_gap_ns);
}

static bool parse_quote(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, 2000, &effect->quote);
}

static bool parse_rewrite(const char *text, struct behaviour *effect)
{
    return rewrite_parse(text, &effect->rewrite);
}

static bool parse_forge(const char *text, struct behaviour *effect)
{
    return forge_parse(text, &effect->forge);
}

static bool parse_mpls(const char *text, struct behaviour *effect)
{
    char item[40];
    struct labels *labels = &effect->mpls;
    labels->count = 0;
    while (value_next(&text, item, sizeof item)) {
        unsigned numbers[4];
        char rest;
        /* NOLINTNEXTLINE(cert-err34-c): the numbers are the scenario's own, and checked by use */
        int read = sscanf(item, "%u/%u/%u/%u%c", &numbers[0], &numbers[1], &numbers[2], &numbers[3],
                          &rest);
        if (read != 4 || labels->count == SCRIPT_LABELS_MAX)
            return false;
        labels->items[labels->count++] = (struct ht_mpls){.label = numbers[0],
                                                          .tc = (uint8_t)numbers[1],
                                                          .bottom = numbers[2] != 0,
                                                          .ttl = (uint8_t)numbers[3]};
    }
    return labels->count > 0;
}

static bool parse_at(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, 255, &effect->at);
}

static bool parse_link_mtu(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, UINT32_MAX, &effect->link_mtu);
}

static bool parse_crowd(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, UINT16_MAX, &effect->crowd) && effect->crowd > 0;
}

static bool parse_reply_ttl(const char *text, struct behaviour *effect)
{
    return value_unsigned(text, 255, &effect->reply_ttl);
}

static bool parse_send(const char *text, struct behaviour *effect)
{
    static const struct {
        const char *name;
        enum ht_send_status status;
        int sys_errno;
    } results[] = {
        {"done", HT_SEND_DONE, 0},
        {"busy", HT_SEND_BUSY, ENOBUFS},
        {"EPERM", HT_SEND_FAILED, EPERM},
        {"EACCES", HT_SEND_FAILED, EACCES},
        {"ENETUNREACH", HT_SEND_FAILED, ENETUNREACH},
        {"EHOSTUNREACH", HT_SEND_FAILED, EHOSTUNREACH},
        {"EMSGSIZE", HT_SEND_FAILED, EMSGSIZE},
        {"ENETDOWN", HT_SEND_FAILED, ENETDOWN},
        {"EINVAL", HT_SEND_FAILED, EINVAL},
    };
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (strcmp(results[i].name, text) == 0) {
            effect->send.status = results[i].status;
            effect->send.sys_errno = results[i].sys_errno;
            return true;
        }
    }
    return false;
}

#define MEMBER(member) offsetof(struct behaviour, member), sizeof behaviour_default.member

static const struct property {
    const char *name;
    bool (*parse)(const char *text, struct behaviour *effect);
    size_t offset;
    size_t size;
} properties[] = {
    {"answer", parse_answer, MEMBER(answer)},
    {"rtt", parse_rtt, MEMBER(rtt)},
    {"jitter", parse_jitter, MEMBER(jitter_ns)},
    {"loss", parse_loss, MEMBER(loss)},
    {"answer_loss", parse_answer_loss, MEMBER(answer_loss)},
    {"limit", parse_limit, MEMBER(limit)},
    {"by", parse_by, MEMBER(by)},
    {"balance", parse_balance, MEMBER(balance)},
    {"copies", parse_copies, MEMBER(copies)},
    {"copy_gap", parse_copy_gap, MEMBER(copy_gap_ns)},
    {"quote", parse_quote, MEMBER(quote)},
    {"rewrite", parse_rewrite, MEMBER(rewrite)},
    {"forge", parse_forge, MEMBER(forge)},
    {"mpls", parse_mpls, MEMBER(mpls)},
    {"label_place", parse_label_place, MEMBER(label_place)},
    {"firewall", parse_firewall, MEMBER(firewall)},
    {"unnamed", parse_unnamed, MEMBER(unnamed)},
    {"tcp_options", parse_tcp_options, MEMBER(plain_tcp)},
    {"echo_cut", parse_echo_cut, MEMBER(echo_cut)},
    {"echo_tail", parse_echo_tail, MEMBER(echo_tail)},
    {"reply_ttl", parse_reply_ttl, MEMBER(reply_ttl)},
    {"crowd", parse_crowd, MEMBER(crowd)},
    {"send", parse_send, MEMBER(send)},
    {"at", parse_at, MEMBER(at)},
    {"link_mtu", parse_link_mtu, MEMBER(link_mtu)},
};

#define PROPERTY_COUNT (sizeof properties / sizeof properties[0])

static bool condition_set(struct rule *rule, const char *name, const char *text, bool *known)
{
    *known = true;
    if (strcmp(name, "ttl") == 0)
        return value_ranges(text, &rule->ttl);
    if (strcmp(name, "branch") == 0)
        return sscanf(text, "%u/%u", &rule->branch, &rule->branches) == 2 &&
               rule->branch < rule->branches;
    if (strcmp(name, "nth") == 0)
        return value_ranges(text, &rule->nth);
    if (strcmp(name, "size") == 0)
        return value_ranges(text, &rule->sizes);
    if (strcmp(name, "try") == 0)
        return value_ranges(text, &rule->tries);
    if (strcmp(name, "from") == 0)
        return value_time(text, &rule->from_ns);
    if (strcmp(name, "until") == 0)
        return value_time(text, &rule->until_ns);
    *known = false;
    return false;
}

bool property_set(struct rule *rule, char *text)
{
    char *equals = strchr(text, '=');
    const char *value = text;
    const char *name = "answer"; /* "silent" is short for "answer=silent" */
    if (equals != NULL) {
        *equals = '\0';
        name = text;
        value = equals + 1;
    }
    bool known;
    bool good = condition_set(rule, name, value, &known);
    for (size_t i = 0; i < PROPERTY_COUNT && !known; i++) {
        if (strcmp(properties[i].name, name) == 0) {
            rule->given |= 1u << i;
            known = true;
            good = properties[i].parse(value, &rule->effect);
        }
    }
    return good;
}

void property_set_rtt(struct rule *rule, const struct times *rtt)
{
    rule->effect.rtt = *rtt;
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (properties[i].parse == parse_rtt)
            rule->given |= 1u << i;
    }
}

void property_apply(const struct rule *rule, struct behaviour *behaviour)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        const struct property *property = &properties[i];
        if (rule->given & (1u << i))
            memcpy((char *)behaviour + property->offset,
                   (const char *)&rule->effect + property->offset, property->size);
        if ((rule->given & (1u << i)) && property->parse == parse_rtt)
            behaviour->rtt_ttls = rule->ttl.items[0];
    }
}
