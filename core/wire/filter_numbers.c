#include "wire/filter_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "hoptrace/settings.h"
#include "wire/bpf.h"

/* Numbers that are compared one by one at most: a conditional jump skips 255 instructions. */
#define GROUP_MAX 64

/* Groups at most: parts are halved until they are small enough, to no less than half of that. */
#define GROUPS_MAX (2 * HT_FLOWS_SEARCHED / GROUP_MAX)

/* Unconditional jumps whose target is not known yet. */
struct exits {
    uint16_t at[GROUPS_MAX];
    uint16_t count;
};

/* count + 1 instructions; one of the numbers skips the last one, which refuses. */
static void emit_group(struct ht_filter *filter, const uint16_t *numbers, uint16_t count)
{
    for (uint16_t left = count; left > 0; left--)
        ht_bpf_jump(filter, numbers[left - 1], (uint8_t)left, 0);
    ht_bpf_emit(filter, BPF_RET | BPF_K, 0);
}

static void leave(struct ht_filter *filter, struct exits *exits)
{
    exits->at[exits->count++] = filter->length;
    ht_bpf_emit(filter, BPF_JMP | BPF_JA, 0);
}

static void land_here(struct ht_filter *filter, uint16_t jump)
{
    filter->code[jump].k = filter->length - jump - 1U;
}

/* One part of the sorted numbers, which the accumulator is in if it is one of them. */
static void emit_part(struct ht_filter *filter, const uint16_t *numbers, uint16_t count,
                      struct exits *exits)
{
    /* A stack of parts that are to come: each is half of the one before, or what is left of it. */
    struct {
        const uint16_t *numbers;
        uint16_t count;
        uint16_t jump; /* that leads here */
    } later[GROUPS_MAX];
    size_t waiting = 0;
    for (;;) {
        while (count > GROUP_MAX) {
            uint16_t low = count / 2;
            filter->code[filter->length++] =
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, numbers[low], 0, 1);
            later[waiting].numbers = &numbers[low];
            later[waiting].count = (uint16_t)(count - low);
            later[waiting++].jump = filter->length;
            ht_bpf_emit(filter, BPF_JMP | BPF_JA, 0);
            count = low;
        }
        emit_group(filter, numbers, count);
        leave(filter, exits);
        if (waiting == 0)
            return;
        waiting--;
        land_here(filter, later[waiting].jump);
        numbers = later[waiting].numbers;
        count = later[waiting].count;
    }
}

static int by_size(const void *a, const void *b)
{
    const uint16_t *x = a;
    const uint16_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

void ht_filter_numbers(struct ht_filter *filter, const uint16_t *numbers, uint16_t count)
{
    uint16_t sorted[HT_FLOWS_SEARCHED];
    struct exits exits = {.count = 0};
    if (count <= GROUP_MAX) {
        emit_group(filter, numbers, count);
        return;
    }
    memcpy(sorted, numbers, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], by_size);
    emit_part(filter, sorted, count, &exits);
    for (uint16_t i = 0; i < exits.count; i++)
        land_here(filter, exits.at[i]);
}
