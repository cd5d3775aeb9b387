#include "dns/reverse.h"

#include <ares.h>
#include <stdlib.h>

#include "dns/hosts.h"
#include "dns/name_cache.h"
#include "dns/name_servers.h"
#include "dns/ptr.h"
#include "dns/question_pace.h"
#include "net/random.h"

struct ht_reverse {
    struct ht_name_servers servers;
    struct ht_dns *asked_last; /* the servers that the pace is about */
    struct ht_hosts hosts;
    struct ht_name_cache cache;
    struct ht_question_pace pace;
    struct ht_name_list waiting;    /* not yet asked for */
    struct ht_name_list asked;      /* all with the same time to live: the first ends first */
    struct ht_reverse_waiter *told; /* to be told that what they waited for is settled */
    int64_t now_ns;                 /* for the callbacks of c-ares */
};

/* --- those who wait ------------------------------------------------------------------------ */

static void waiter_push(struct ht_reverse_waiter **first, struct ht_reverse_waiter *waiter)
{
    waiter->next = *first;
    waiter->link = first;
    if (*first != NULL)
        (*first)->link = &waiter->next;
    *first = waiter;
}

void ht_reverse_unwait(struct ht_reverse_waiter *waiter)
{
    if (waiter->link == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
}

/* No callback is called from here: the caller may be in the midst of anything. */
static void release_waiters(struct ht_reverse *reverse, struct ht_name_entry *entry)
{
    while (entry->waiters != NULL) {
        struct ht_reverse_waiter *waiter = entry->waiters;
        ht_reverse_unwait(waiter);
        waiter_push(&reverse->told, waiter);
    }
}

static void tell(struct ht_reverse *reverse)
{
    while (reverse->told != NULL) {
        struct ht_reverse_waiter *waiter = reverse->told;
        ht_reverse_unwait(waiter);
        waiter->settled(waiter);
    }
}

/* --- life ---------------------------------------------------------------------------------- */

int ht_reverse_new(int epoll_fd, uint64_t epoll_tag, struct ht_reverse **reverse,
                   struct ht_error *error)
{
    uint64_t secret[2];
    *reverse = NULL;
    int code = ht_random(secret, sizeof secret, error);
    if (code != HT_OK)
        return code;
    struct ht_reverse *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory for reverse names");
    ht_name_servers_init(&made->servers, epoll_fd, epoll_tag);
    ht_name_cache_init(&made->cache, HT_REVERSE_CAPACITY, secret);
    ht_question_pace_init(&made->pace);
    *reverse = made;
    return HT_OK;
}

void ht_reverse_free(struct ht_reverse *reverse)
{
    if (reverse == NULL)
        return;
    ht_name_servers_fini(&reverse->servers);
    ht_name_cache_fini(&reverse->cache);
    ht_hosts_fini(&reverse->hosts);
    free(reverse);
}

/* --- questions and answers ----------------------------------------------------------------- */

/* Takes an open entry out of the finder's lists: what came of it follows. */
static void take_out(struct ht_reverse *reverse, struct ht_name_entry *entry)
{
    ht_name_list_remove(entry);
    release_waiters(reverse, entry);
}

static void settle_by_answer(struct ht_reverse *reverse, struct ht_name_entry *entry,
                             const uint8_t *bytes, size_t length)
{
    struct ht_ptr_answer answer;
    char question[HT_PTR_QUESTION_MAX];
    if (ht_ptr_read(bytes, length, ht_ptr_question(&entry->address, question), &answer))
        ht_name_cache_settle(&reverse->cache, entry, answer.name, answer.has_ttl, answer.ttl_s,
                             reverse->now_ns);
    else
        ht_name_cache_fail(&reverse->cache, entry, reverse->now_ns);
}

static void fail_unanswered(struct ht_reverse *reverse, struct ht_name_entry *entry)
{
    take_out(reverse, entry);
    ht_question_pace_unanswered(&reverse->pace, reverse->now_ns);
    ht_name_cache_fail(&reverse->cache, entry, reverse->now_ns);
}

static void on_received(void *user, int ares_status, const uint8_t *bytes, size_t length)
{
    struct ht_name_entry *entry = user;
    struct ht_reverse *reverse = entry->finder;
    switch (ares_status) {
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
        fail_unanswered(reverse, entry);
        return;
    case ARES_SUCCESS:
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
        take_out(reverse, entry);
        ht_question_pace_answered(&reverse->pace);
        settle_by_answer(reverse, entry, bytes, length);
        return;
    case ARES_ENOMEM:
        break; /* says nothing of the servers */
    default:
        ht_question_pace_answered(&reverse->pace);
        break;
    }
    take_out(reverse, entry);
    ht_name_cache_fail(&reverse->cache, entry, reverse->now_ns);
}

static void ask(struct ht_reverse *reverse, struct ht_name_entry *entry)
{
    struct ht_error error;
    char question[HT_PTR_QUESTION_MAX];
    ht_name_list_remove(entry);
    ht_name_list_append(&reverse->asked, entry);
    entry->deadline_ns = ht_time_add(reverse->now_ns, HT_REVERSE_TIMEOUT_NS);
    struct ht_dns *dns = ht_name_servers_present(&reverse->servers, reverse->now_ns, &error);
    if (dns == NULL || ht_dns_ask_ptr(dns, ht_ptr_question(&entry->address, question),
                                      reverse->now_ns, on_received, entry, &entry->query) != HT_OK)
        on_received(entry, ARES_ENOMEM, NULL, 0);
}

/* The servers seem dead: no record is to wait for them, nor for a queue that does not move. */
static void give_up_waiting(struct ht_reverse *reverse)
{
    while (reverse->waiting.first != NULL) {
        struct ht_name_entry *entry = reverse->waiting.first;
        take_out(reverse, entry);
        ht_name_cache_put_off(&reverse->cache, entry);
    }
    for (struct ht_name_entry *entry = reverse->asked.first; entry != NULL; entry = entry->next)
        release_waiters(reverse, entry);
}

/* Asks for waiting addresses, up to the number of questions that the pace allows. */
static void ask_waiting(struct ht_reverse *reverse)
{
    while (reverse->waiting.first != NULL &&
           ht_question_pace_allows(&reverse->pace, (uint32_t)reverse->asked.count, reverse->now_ns))
        ask(reverse, reverse->waiting.first);
    if (reverse->pace.dead)
        give_up_waiting(reverse);
}

static void expire(struct ht_reverse *reverse)
{
    while (reverse->asked.first != NULL && reverse->asked.first->deadline_ns <= reverse->now_ns) {
        ht_dns_drop(reverse->asked.first->query);
        fail_unanswered(reverse, reverse->asked.first);
    }
}

/* Other servers are not dead because those before them were. */
static void notice_other_servers(struct ht_reverse *reverse)
{
    struct ht_error error;
    struct ht_dns *dns = ht_name_servers_present(&reverse->servers, reverse->now_ns, &error);
    if (dns != reverse->asked_last)
        ht_question_pace_init(&reverse->pace);
    reverse->asked_last = dns;
}

/* --- the door ------------------------------------------------------------------------------ */

static enum ht_reverse_state state_of(const struct ht_reverse *reverse,
                                      const struct ht_name_entry *entry)
{
    if (entry == NULL)
        return HT_REVERSE_NAMELESS;
    /* No record waits for the question that is to find out whether the servers live again. */
    if (entry->open)
        return reverse->pace.dead ? HT_REVERSE_NAMELESS : HT_REVERSE_ASKED;
    return entry->name != NULL ? HT_REVERSE_NAMED : HT_REVERSE_NAMELESS;
}

/* An open entry for an address of which nothing (more) is known; NULL: there can be none. */
static struct ht_name_entry *open_entry(struct ht_reverse *reverse, struct ht_name_entry *entry,
                                        const struct ht_address *address)
{
    if (entry == NULL)
        entry = ht_name_cache_add(&reverse->cache, address);
    else
        ht_name_reopen(entry);
    if (entry != NULL)
        entry->finder = reverse;
    return entry;
}

enum ht_reverse_state ht_reverse_ask(struct ht_reverse *reverse, const struct ht_address *address,
                                     int64_t now_ns)
{
    struct ht_name_entry *entry = ht_name_cache_find(&reverse->cache, address);
    if (entry != NULL && (entry->open || ht_name_holds(entry, now_ns)))
        return state_of(reverse, entry);
    reverse->now_ns = now_ns;
    const char *listed = ht_hosts_find(&reverse->hosts, address, now_ns);
    notice_other_servers(reverse);
    if (listed == NULL && reverse->pace.dead &&
        !ht_question_pace_allows(&reverse->pace, (uint32_t)reverse->asked.count, now_ns))
        return HT_REVERSE_NAMELESS;
    entry = open_entry(reverse, entry, address);
    if (entry == NULL)
        return HT_REVERSE_NAMELESS;
    if (listed != NULL) {
        /* For a short while: the file may change. */
        ht_name_cache_settle(&reverse->cache, entry, listed, true, 0, now_ns);
        return state_of(reverse, entry);
    }
    ht_name_list_append(&reverse->waiting, entry);
    ask_waiting(reverse);
    return state_of(reverse, entry);
}

const char *ht_reverse_name(struct ht_reverse *reverse, const struct ht_address *address,
                            int64_t now_ns)
{
    const struct ht_name_entry *entry = ht_name_cache_find(&reverse->cache, address);
    return entry != NULL && ht_name_holds(entry, now_ns) ? entry->name : NULL;
}

bool ht_reverse_wait(struct ht_reverse *reverse, const struct ht_address *address,
                     struct ht_reverse_waiter *waiter)
{
    struct ht_name_entry *entry = ht_name_cache_find(&reverse->cache, address);
    if (entry == NULL || state_of(reverse, entry) != HT_REVERSE_ASKED)
        return false;
    waiter_push(&entry->waiters, waiter);
    return true;
}

void ht_reverse_process(struct ht_reverse *reverse, int64_t now_ns)
{
    reverse->now_ns = now_ns;
    ht_name_servers_process(&reverse->servers, now_ns);
    expire(reverse);
    ask_waiting(reverse);
    tell(reverse);
    ht_name_servers_retire(&reverse->servers);
}

int64_t ht_reverse_next_ns(const struct ht_reverse *reverse)
{
    if (reverse->told != NULL)
        return 0;
    int64_t next_ns = ht_name_servers_next_ns(&reverse->servers);
    if (reverse->asked.first != NULL)
        next_ns = ht_time_min(next_ns, reverse->asked.first->deadline_ns);
    return next_ns;
}
