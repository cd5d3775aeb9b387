/* A site of a router, on a clock of its own, that is asked by a pattern of answers and drops. */
#ifndef HT_TESTS_SITE_PATTERNS_H
#define HT_TESTS_SITE_PATTERNS_H

#include <string.h>

#include "hoptrace/time.h"
#include "probing/ratelimit/site.h"

#define MS       HT_NS_PER_MS
#define RTT_NS   (2 * MS)
#define LONG_RUN 3

struct asking {
    struct ht_site site;
    int64_t now_ns;
    uint32_t sent;
};

static const struct ht_address router = {.version = HT_IPV4, .bytes = {10, 0, 0, 1}};
static const struct ht_address other = {.version = HT_IPV4, .bytes = {10, 0, 0, 2}};

static inline void begin(struct asking *asking)
{
    *asking = (struct asking){.now_ns = HT_NS_PER_S};
}

static inline enum ht_site_kind kind_of(char letter)
{
    switch (letter) {
    case 'r':
    case 'R':
        return HT_SITE_RETRIED;
    case 's':
        return HT_SITE_SILENT;
    case 'i':
        return HT_SITE_IGNORED;
    default:
        return HT_SITE_REGULAR;
    }
}

/* Probes leave every spacing_ns, in this order: A, O (by another router) and R are answered, all
 * others are dropped; r and R are HT_SITE_RETRIED, s is HT_SITE_SILENT, i HT_SITE_IGNORED. */
static inline void play(struct asking *asking, const char *pattern, int64_t spacing_ns)
{
    for (; *pattern != '\0'; pattern++, asking->now_ns += spacing_ns) {
        uint8_t index = ht_site_sent(&asking->site, asking->now_ns, kind_of(*pattern));
        if (strchr("AOR", *pattern) != NULL)
            ht_site_answered(&asking->site, index, asking->now_ns, RTT_NS,
                             *pattern == 'O' ? &other : &router, asking->sent % 100);
        asking->sent++;
    }
}

static inline void repeat(struct asking *asking, const char *pattern, int times, int64_t spacing_ns)
{
    for (int i = 0; i < times; i++)
        play(asking, pattern, spacing_ns);
}

/* All that the site remembers, when all time is up. */
static inline struct ht_site_evidence evidence_of(const struct asking *asking, int64_t timely_ns)
{
    return ht_site_evidence(&asking->site, (struct ht_site_span){0, HT_NEVER}, timely_ns, LONG_RUN,
                            asking->now_ns + HT_NS_PER_S);
}

#endif
