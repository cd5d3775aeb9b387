/* A growing text buffer with a sticky error: after memory was refused appends do nothing, and the
 * caller looks at `failed` once, at the end. */
#ifndef HT_BASE_TEXT_H
#define HT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ht_text {
    char *data; /* owned; always terminated once anything was appended; NULL while empty */
    size_t length;
    size_t capacity;
    bool failed; /* memory was refused: the content is incomplete and must not be used */
};

/* Frees the storage; the text is empty again ({0}). */
void ht_text_fini(struct ht_text *text);

/* Keeps the storage, forgets content and error. */
void ht_text_clear(struct ht_text *text);

/* Makes room for `more` bytes and a terminator. False: memory was refused, now or before. */
bool ht_text_grow(struct ht_text *text, size_t more);

static inline bool ht_text_reserve(struct ht_text *text, size_t more)
{
    return (!text->failed && more < text->capacity - text->length) || ht_text_grow(text, more);
}

/* Always inline: records are made of many short pieces whose length the compiler knows. */
static inline __attribute__((always_inline)) void ht_text_append(struct ht_text *text,
                                                                 const char *bytes, size_t length)
{
    if (!ht_text_reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

/* Appends a copy of the text's `length` bytes at `offset`. */
static inline void ht_text_repeat(struct ht_text *text, size_t offset, size_t length)
{
    if (ht_text_reserve(text, length))
        ht_text_append(text, text->data + offset, length);
}

static inline void ht_text_puts(struct ht_text *text, const char *string)
{
    ht_text_append(text, string, strlen(string));
}

static inline void ht_text_putc(struct ht_text *text, char character)
{
    ht_text_append(text, &character, 1);
}

void ht_text_printf(struct ht_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
