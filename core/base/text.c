#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ht_text_grow(struct ht_text *text, size_t more)
{
    size_t needed;
    if (text->failed)
        return false;
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
    } else if (ht_text_reserve(text, (size_t)needed)) {
        if (vsnprintf(text->data + text->length, (size_t)needed + 1, format, again) != needed)
            text->failed = true;
        else
            text->length += (size_t)needed;
    }
    va_end(again);
}
