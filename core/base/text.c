#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct ht_text *text, size_t more)
{
    size_t needed;
    if (__builtin_add_overflow(text->length, more, &needed) ||
        __builtin_add_overflow(needed, 1, &needed)) {
        text->failed = true;
        return false;
    }
    size_t capacity = text->capacity < 512 ? 512 : text->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *data = realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

/* Makes room for `more` bytes and a terminator. */
static inline bool reserve(struct ht_text *text, size_t more)
{
    if (text->failed)
        return false;
    return more < text->capacity - text->length || grow(text, more);
}

void ht_text_fini(struct ht_text *text)
{
    free(text->data);
    *text = (struct ht_text){0};
}

void ht_text_clear(struct ht_text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->data != NULL)
        text->data[0] = '\0';
}

void ht_text_append(struct ht_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void ht_text_puts(struct ht_text *text, const char *string)
{
    ht_text_append(text, string, strlen(string));
}

void ht_text_putc(struct ht_text *text, char character)
{
    if (!reserve(text, 1))
        return;
    text->data[text->length++] = character;
    text->data[text->length] = '\0';
}

void ht_text_printf(struct ht_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    size_t room = text->failed ? 0 : text->capacity - text->length;
    char nothing[1];
    int needed = vsnprintf(room > 0 ? text->data + text->length : nothing, room, format, arguments);
    va_end(arguments);
    if (needed < 0) {
        text->failed = true;
    } else if (room > (size_t)needed) {
        text->length += (size_t)needed;
    } else if (reserve(text, (size_t)needed)) {
        if (vsnprintf(text->data + text->length, (size_t)needed + 1, format, again) != needed)
            text->failed = true;
        else
            text->length += (size_t)needed;
    }
    va_end(again);
}
