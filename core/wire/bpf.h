/* Instructions of classic BPF, added to a filter one by one. */
#ifndef HT_WIRE_BPF_H
#define HT_WIRE_BPF_H

#include <stdint.h>

#include "wire/filter.h"

#define HT_BPF_LOAD_U8       (BPF_LD | BPF_B | BPF_ABS)
#define HT_BPF_LOAD_U16      (BPF_LD | BPF_H | BPF_ABS)
#define HT_BPF_LOAD_U32      (BPF_LD | BPF_W | BPF_ABS)
#define HT_BPF_LOAD_U8_AT_X  (BPF_LD | BPF_B | BPF_IND)
#define HT_BPF_LOAD_U16_AT_X (BPF_LD | BPF_H | BPF_IND)

static inline void ht_bpf_emit(struct ht_filter *filter, uint16_t code, uint32_t k)
{
    filter->code[filter->length++] = (struct sock_filter)BPF_STMT(code, k);
}

/* Compares the accumulator with k and skips as many of the instructions that follow. */
static inline void ht_bpf_jump(struct ht_filter *filter, uint32_t k, uint8_t skip_if_equal,
                               uint8_t skip_if_not)
{
    filter->code[filter->length++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, skip_if_equal, skip_if_not);
}

#endif
