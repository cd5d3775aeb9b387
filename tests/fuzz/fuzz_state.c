/* Any bytes as a state file: no crash, no leak; what is taken is a history that is written, and
 * read again, as the same. The first byte is odd: the text gets a checksum that fits. */
#include "fuzz.h"
#include "state_samples.h"

/* Writes the history, and frees it. */
static struct ht_text write_down(struct ht_history *history)
{
    struct ht_text text = sample_text(history, SAMPLE_WALL_NS);
    ht_history_fini(history);
    return text;
}

static bool read_text(const struct ht_text *text, struct ht_history *history)
{
    struct ht_error error = {0};
    int64_t written_ns = -1;
    /* As long as the text and no longer: a sanitizer sees who reads beyond. */
    char *exact = malloc(text->length > 0 ? text->length : 1);
    sample_need(exact != NULL);
    if (text->length > 0)
        memcpy(exact, text->data, text->length);
    int code = ht_document_read(exact, text->length, history, &written_ns, &error);
    free(exact);
    expect(code == HT_OK
               ? written_ns >= 0
               : code == HT_ERR_MALFORMED && error.text[0] != '\0' && history->count == 0);
    return code == HT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ht_history history = {0};
    struct ht_text text = {0};
    if (size == 0)
        return 0;
    ht_text_append(&text, (const char *)data + 1, size - 1);
    if (data[0] % 2 == 1)
        sample_seal(&text);
    bool taken = read_text(&text, &history);
    ht_text_fini(&text);
    if (!taken)
        return 0;
    struct ht_text one = write_down(&history);
    expect(read_text(&one, &history));
    struct ht_text other = write_down(&history);
    expect(one.length == other.length && memcmp(one.data, other.data, one.length) == 0);
    ht_text_fini(&one);
    ht_text_fini(&other);
    return 0;
}
