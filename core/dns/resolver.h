/* Names -> addresses without waiting (c-ares). */
#ifndef HT_DNS_RESOLVER_H
#define HT_DNS_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"

struct ht_resolver;
struct ht_lookup;

/* How long a name is given, from when it is asked for. */
#define HT_RESOLVE_TIMEOUT_NS (5 * HT_NS_PER_S)

/* The answer to one lookup: addresses in the order to be tried (RFC 6724), each once, gone when the
 * call returns. count 0: `error` (else NULL) says why: HT_ERR_RESOLVE; HT_ERR_UNREACHABLE (the
 * interface of a link-local address); HT_ERR_NOMEM, HT_ERR_SYSTEM. The lookup is over; the
 * callback may start others and cancel others, not free the resolver, nor process. */
typedef void ht_lookup_done(void *user, const struct ht_address *addresses, size_t count,
                            const struct ht_error *error);

/* Watches descriptors in `epoll_fd`, with `epoll_tag` as their epoll data (u64). What the system
 * says of name servers is read with the first name, and again after it has changed.
 * HT_ERR_NOMEM. */
int ht_resolver_new(int epoll_fd, uint64_t epoll_tag, struct ht_resolver **resolver,
                    struct ht_error *error);

/* Ends all lookups without calling back. NULL is allowed. */
void ht_resolver_free(struct ht_resolver *resolver);

/* Starts a lookup of `host` (a name, beyond ASCII by IDNA2008; literals, also with a scope as in
 * fe80::1%eth0, are read without asking anybody, and then, as on immediate failure or success,
 * `done` is called before this returns). *lookup is set before any callback, to NULL if it is
 * already over. When very many are started at once they are asked for one after another, some
 * thousands a second at least. HT_ERR_NOMEM: nothing was started, `done` will not be called. */
int ht_resolver_start(struct ht_resolver *resolver, const char *host, enum ht_family family,
                      int64_t now_ns, ht_lookup_done *done, void *user, struct ht_lookup **lookup,
                      struct ht_error *error);

/* Ends a lookup without calling back. */
void ht_resolver_cancel(struct ht_resolver *resolver, struct ht_lookup *lookup);

/* Does what is due: reads answers, repeats questions, gives up names whose time has run out. */
void ht_resolver_process(struct ht_resolver *resolver, int64_t now_ns);

/* When ht_resolver_process must be called next at the latest; HT_NEVER: no lookup under way. */
int64_t ht_resolver_next_ns(const struct ht_resolver *resolver);

#endif
