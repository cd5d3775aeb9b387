/* Reads texts of a state file, as its tests do. */
#ifndef HT_TESTS_STATE_READING_H
#define HT_TESTS_STATE_READING_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state_samples.h"
#include "unit.h"

static inline int read_text(const char *text, size_t length, struct ht_history *history,
                            struct ht_error *error)
{
    int64_t written_ns = -1;
    /* As long as the text and no longer: a sanitizer sees who reads beyond. */
    char *exact = malloc(length > 0 ? length : 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
    if (length > 0)
        memcpy(exact, text, length);
    *history = (struct ht_history){0};
    int code = ht_document_read(exact, length, history, &written_ns, error);
    free(exact);
    CU_ASSERT_TRUE(code != HT_OK || written_ns >= 0);
    CU_ASSERT_TRUE(code == HT_OK || (history->count == 0 && history->list == NULL));
    return code;
}

/* Reads and writes again: the same bytes. */
static inline void check_same(const struct ht_text *text, int64_t wall_ns)
{
    struct ht_history history;
    struct ht_error error = {0};
    CU_ASSERT_EQUAL(read_text(text->data, text->length, &history, &error), HT_OK);
    struct ht_text again = sample_text(&history, wall_ns);
    CU_ASSERT_STRING_EQUAL(again.data, text->data);
    ht_text_fini(&again);
    ht_history_fini(&history);
}

#endif
