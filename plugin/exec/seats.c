#include "seats.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "config/keys.h"

/* A target of the plan. */
struct candidate {
    uint64_t digest[2];
    bool known; /* the engine has it */
};

/* One exchange. */
struct exchange {
    const struct plan *plan;
    struct candidate *candidates; /* one for each target of the plan */
    uint32_t *table;              /* seats by their digests: index + 1, 0: free */
    size_t slots;                 /* of the table, a power of two */
};

static void append_string(struct ht_text *text, const char *string)
{
    ht_text_append(text, string, strlen(string) + 1);
}

/* 128 bits of two hashes: no two targets will ever have the same. */
static void digest_text(const struct ht_text *text, uint64_t digest[2])
{
    static const uint64_t keys[2][2] = {{1, 2}, {3, 4}};
    for (size_t i = 0; i < 2 && !text->failed; i++)
        digest[i] = ht_siphash(keys[i], (const uint8_t *)text->data, text->length);
}

/* What makes digests, one target after another. */
struct digesting {
    struct ht_text scratch;
    const struct ht_settings *settings; /* of the last target; NULL: there is none */
    uint64_t of_settings[2];
};

/* Those of one target are mostly those of the last one, byte by byte. */
static void digest_settings(struct digesting *digesting, const struct ht_settings *settings)
{
    const struct ht_settings *last = digesting->settings;
    digesting->settings = settings;
    if (ht_settings_good_as(settings, last))
        return;
    ht_text_clear(&digesting->scratch);
    const struct ht_key *key;
    for (size_t i = 0; (key = ht_key_at(i)) != NULL; i++) {
        if (ht_key_scope(key) == HT_SCOPE_TARGET)
            ht_key_append_value(key, settings, &digesting->scratch);
    }
    digest_text(&digesting->scratch, digesting->of_settings);
}

static bool make_digest(struct digesting *digesting, const struct ht_target *target,
                        uint64_t digest[2])
{
    struct ht_text *scratch = &digesting->scratch;
    digest_settings(digesting, &target->settings);
    bool good = !scratch->failed;
    ht_text_clear(scratch);
    append_string(scratch, target->name);
    append_string(scratch, target->host);
    for (size_t i = 0; i < target->tag_count; i++) {
        append_string(scratch, target->tags[i].key);
        append_string(scratch, target->tags[i].value);
    }
    ht_text_append(scratch, (const char *)digesting->of_settings, sizeof digesting->of_settings);
    digest_text(scratch, digest);
    return good && !scratch->failed;
}

static bool make_candidates(struct exchange *exchange)
{
    const struct plan *plan = exchange->plan;
    struct digesting digesting = {.settings = NULL};
    bool good = true;
    exchange->candidates = calloc(plan->target_count + 1, sizeof *exchange->candidates);
    for (size_t i = 0; exchange->candidates != NULL && good && i < plan->target_count; i++)
        good = make_digest(&digesting, &plan->targets[i], exchange->candidates[i].digest);
    ht_text_fini(&digesting.scratch);
    return exchange->candidates != NULL && good;
}

/* The slot of the seat with this digest, or a free one. */
static uint32_t *slot_of(const struct exchange *exchange, const struct seats *seats,
                         const uint64_t digest[2])
{
    size_t slot = digest[0] & (exchange->slots - 1);
    while (exchange->table[slot] != 0 &&
           memcmp(seats->list[exchange->table[slot] - 1]->digest, digest, 2 * sizeof *digest) != 0)
        slot = (slot + 1) & (exchange->slots - 1);
    return &exchange->table[slot];
}

static bool make_table(struct exchange *exchange, const struct seats *seats)
{
    exchange->slots = 16;
    while (exchange->slots < 2 * seats->count)
        exchange->slots *= 2;
    exchange->table = calloc(exchange->slots, sizeof *exchange->table);
    for (size_t i = 0; exchange->table != NULL && i < seats->count; i++)
        *slot_of(exchange, seats, seats->list[i]->digest) = (uint32_t)i + 1;
    return exchange->table != NULL;
}

static bool make_room(struct seats *seats, size_t count)
{
    if (count <= seats->capacity)
        return true;
    struct seat **list = realloc(seats->list, count * sizeof *list);
    if (list == NULL)
        return false;
    seats->list = list;
    seats->capacity = count;
    return true;
}

static void find_known(struct exchange *exchange, struct seats *seats)
{
    for (size_t i = 0; i < exchange->plan->target_count; i++) {
        struct candidate *candidate = &exchange->candidates[i];
        uint32_t found = *slot_of(exchange, seats, candidate->digest);
        candidate->known = found != 0;
        if (candidate->known)
            seats->list[found - 1]->stays = true;
    }
}

static void free_seat(const struct seats *seats, struct seat *seat)
{
    if (seat->place != NULL)
        records_leave(seats->records, seat->place);
    if (seat->page_place != NULL)
        records_leave(seats->page, seat->page_place);
    free(seat);
}

/* NULL: no memory. */
static struct seat *make_seat(const struct seats *seats, int64_t interval_ns)
{
    struct seat *seat = calloc(1, sizeof *seat);
    if (seat == NULL)
        return NULL;
    seat->place = records_join(seats->records, interval_ns);
    if (seats->page != NULL)
        seat->page_place = records_join(seats->page, interval_ns);
    if (seat->place != NULL && (seats->page == NULL || seat->page_place != NULL))
        return seat;
    free_seat(seats, seat);
    return NULL;
}

static void remove_others(struct seats *seats, struct seats_change *change)
{
    size_t kept = 0;
    for (size_t i = 0; i < seats->count; i++) {
        struct seat *seat = seats->list[i];
        if (seat->stays) {
            seat->stays = false;
            seats->list[kept++] = seat;
            continue;
        }
        ht_engine_remove(seats->engine, seat->id);
        lateness_forget(seats->lateness, &seat->lateness);
        free_seat(seats, seat);
        change->removed++;
    }
    seats->count = kept;
}

static int add(struct seats *seats, const struct ht_target *planned, const uint64_t digest[2],
               bool interval_assumed, struct ht_error *error)
{
    struct ht_target target = *planned;
    struct seat *seat = make_seat(seats, target.settings.interval_ns);
    if (seat == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    memcpy(seat->digest, digest, sizeof seat->digest);
    seat->lateness.interval_ns = interval_assumed ? 0 : target.settings.interval_ns;
    target.user = seat;
    int code = ht_engine_add(seats->engine, &target, &seat->id, error);
    if (code != HT_OK) {
        free_seat(seats, seat);
        return code;
    }
    seats->list[seats->count++] = seat;
    return HT_OK;
}

static int add_unknown(const struct exchange *exchange, struct seats *seats,
                       struct seats_change *change, struct ht_error *error)
{
    const struct plan *plan = exchange->plan;
    int code = HT_OK;
    for (size_t i = 0; i < plan->target_count && code == HT_OK; i++) {
        const struct candidate *candidate = &exchange->candidates[i];
        if (candidate->known)
            continue;
        code = add(seats, &plan->targets[i], candidate->digest, plan->interval_assumed, error);
        change->added += code == HT_OK;
    }
    return code;
}

int seats_exchange(struct seats *seats, const struct plan *plan, struct seats_change *change,
                   struct ht_error *error)
{
    struct exchange exchange = {.plan = plan};
    *change = (struct seats_change){.added = 0};
    int code = HT_OK;
    if (make_candidates(&exchange) && make_table(&exchange, seats) &&
        make_room(seats, plan->target_count)) {
        find_known(&exchange, seats);
        remove_others(seats, change);
        code = add_unknown(&exchange, seats, change, error);
    } else {
        code = ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    }
    free(exchange.candidates);
    free(exchange.table);
    return code;
}

void seats_fini(struct seats *seats)
{
    for (size_t i = 0; i < seats->count; i++)
        free(seats->list[i]);
    free(seats->list);
    *seats = (struct seats){.count = 0};
}
