/* The Prometheus page for those who ask for it by HTTP: made once a round, not once a scrape. Only
 * GET and HEAD of /metrics; no TLS, no login. By libmicrohttpd: a build or a machine without that
 * library refuses to listen. */
#ifndef HT_EXEC_LISTEN_H
#define HT_EXEC_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "hoptrace/error.h"

struct listener;

/* Binds `where`, "[ADDRESS:]PORT", an IPv6 address in brackets; without an address 127.0.0.1.
 * HT_OK: *listener is to be freed with listen_close. HT_ERR_INVALID, HT_ERR_SYSTEM: what is wrong
 * with it is the text. HT_ERR_NOMEM. */
int listen_open(const char *where, struct listener **listener, struct ht_error *error);

/* NULL is allowed. */
void listen_close(struct listener *listener);

/* The descriptor that is readable when there is something to do; -1 for NULL. */
int listen_fd(const struct listener *listener);

/* When there is something to do next, whatever the descriptor says (CLOCK_MONOTONIC); HT_NEVER. */
int64_t listen_next_ns(const struct listener *listener, int64_t now_ns);

/* Serves, without waiting. NULL is allowed. */
void listen_step(struct listener *listener, int64_t now_ns);

/* The page from now on, copied; who has begun to read one reads that to its end. False: no memory,
 * the page is the one before. */
bool listen_set_page(struct listener *listener, const struct ht_text *page);

#endif
