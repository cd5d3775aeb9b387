/* A growing text buffer with a sticky error: appends do nothing after memory was refused, the
 * caller asks once, at the end. */
#ifndef HT_BASE_TEXT_H
#define HT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct ht_text {
    char *data; /* owned; always terminated once anything was appended; NULL while empty */
    size_t length;
    size_t capacity;
    bool failed; /* memory was refused: the content is incomplete and must not be used */
};

/* An empty text is {0}. Frees the storage and makes it empty again. */
void ht_text_fini(struct ht_text *text);

/* Keeps the storage, forgets content and error. */
void ht_text_clear(struct ht_text *text);

void ht_text_append(struct ht_text *text, const char *bytes, size_t length);
void ht_text_puts(struct ht_text *text, const char *string);
void ht_text_putc(struct ht_text *text, char character);
void ht_text_printf(struct ht_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
