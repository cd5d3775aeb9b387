/* What the fuzz targets have in common. */
#ifndef HT_TESTS_FUZZ_H
#define HT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The target; the fuzzer, or replay.c, calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void expect(bool holds)
{
    if (!holds)
        abort();
}

/* What is left of the bytes that drive a target. */
struct input {
    const uint8_t *data;
    size_t size;
};

/* 0 once there is none left. */
static inline uint8_t next_byte(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

#endif
