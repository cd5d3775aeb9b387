/* c-ares, tamed: one channel with its descriptors in an epoll set, questions that can be dropped
 * one by one, answers as plain addresses. Known to core/dns alone. */
#ifndef HT_DNS_DNS_H
#define HT_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

struct ht_dns;
struct ht_dns_query;

/* All questions to the configured servers are over within this time, however few answer. */
#define HT_DNS_TIMEOUT_MS 4800

/* What came of one question: a block of addresses for the receiver to free (NULL if none) in the
 * order of RFC 6724, and the status of c-ares. */
typedef void ht_dns_answered(void *user, int ares_status, struct ht_address *addresses,
                             size_t count);

/* What came of a question for records: the status of c-ares, and the message, gone when the call
 * returns; NULL if none came. */
typedef void ht_dns_received(void *user, int ares_status, const uint8_t *bytes, size_t length);

/* Reads the system's configuration of name servers. Watches descriptors in `epoll_fd` with
 * `epoll_tag` as their data. HT_ERR_NOMEM, HT_ERR_SYSTEM. */
int ht_dns_new(int epoll_fd, uint64_t epoll_tag, struct ht_dns **dns, struct ht_error *error);

/* Drops all questions: no callback is called. NULL is allowed. */
void ht_dns_free(struct ht_dns *dns);

/* Asks for the addresses of a name. *query, where it stays until then, is set before anything
 * else, and set to NULL when it is answered; `answered` may be called before this returns.
 * HT_ERR_NOMEM: nothing was asked. */
int ht_dns_ask(struct ht_dns *dns, const char *host, enum ht_family family, int64_t now_ns,
               ht_dns_answered *answered, void *user, struct ht_dns_query **query);

/* Asks for the PTR records of a name that is complete as it stands: no search list, no hosts file.
 * The rest as ht_dns_ask. */
int ht_dns_ask_ptr(struct ht_dns *dns, const char *name, int64_t now_ns, ht_dns_received *received,
                   void *user, struct ht_dns_query **query);

/* Drops one question, and sets its *query to NULL. When it was the last that anyone waits for, the
 * sockets go too. Not to be called from `answered` or `received`. */
void ht_dns_drop(struct ht_dns_query *query);

/* Reads answers, repeats questions. */
void ht_dns_process(struct ht_dns *dns, int64_t now_ns);

/* When to process at the latest; HT_NEVER: nothing is asked. */
int64_t ht_dns_next_ns(const struct ht_dns *dns);

/* True when every question was answered or dropped. */
bool ht_dns_idle(const struct ht_dns *dns);

#endif
