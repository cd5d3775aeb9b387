#include "segment.h"

#include "bytes.h"

#include <string.h>

#define MSS         1460
#define WINDOW_BITS 7

enum { OPTION_END, OPTION_NONE, OPTION_MSS, OPTION_SCALE, OPTION_SACK, OPTION_TIME = 8 };

/* One option that is in `length` bytes whole. False: not in this form, or not again. */
static bool read_option(struct segment_options *options, const uint8_t *option)
{
    bool *found;
    uint8_t length;

    switch (option[0]) {
    case OPTION_MSS:
        found = &options->mss;
        length = 4;
        break;
    case OPTION_SCALE:
        found = &options->window_scale;
        length = 3;
        break;
    case OPTION_SACK:
        found = &options->sack;
        length = 2;
        break;
    case OPTION_TIME:
        found = &options->timestamps;
        length = 10;
        break;
    default:
        return true; /* RFC 9293, 3.1: to be skipped */
    }
    if (*found || option[1] != length)
        return false;
    *found = true;
    if (option[0] == OPTION_TIME) {
        options->ts_value = get32(option + 2);
        options->ts_echo = get32(option + 6);
    }
    return true;
}

bool segment_options_read(struct segment_options *options, const uint8_t *bytes, size_t length)
{
    *options = (struct segment_options){0};
    for (size_t at = 0; at < length && bytes[at] != OPTION_END;) {
        if (bytes[at] == OPTION_NONE) {
            at++;
            continue;
        }
        if (length - at < 2 || bytes[at + 1] < 2 || bytes[at + 1] > length - at ||
            !read_option(options, bytes + at))
            return false;
        at += bytes[at + 1];
    }
    return true;
}

size_t segment_options_write(const struct segment_options *options,
                             uint8_t bytes[SEGMENT_OPTIONS_MAX])
{
    size_t length = 0;

    memset(bytes, OPTION_NONE, SEGMENT_OPTIONS_MAX);
    if (options->mss) {
        bytes[0] = OPTION_MSS;
        bytes[1] = 4;
        put16(bytes + 2, MSS);
        length = 4;
    }
    /* The two bytes before a word's option are those of SACK or nothing. */
    if (options->sack) {
        size_t place = length + (options->timestamps ? 0 : 2);

        bytes[place] = OPTION_SACK;
        bytes[place + 1] = 2;
    }
    if (options->timestamps) {
        bytes[length + 2] = OPTION_TIME;
        bytes[length + 3] = 10;
        put32(bytes + length + 4, options->ts_value);
        put32(bytes + length + 8, options->ts_echo);
        length += 12;
    } else if (options->sack) {
        length += 4;
    }
    if (options->window_scale) {
        bytes[length + 1] = OPTION_SCALE;
        bytes[length + 2] = 3;
        bytes[length + 3] = WINDOW_BITS;
        length += 4;
    }
    return length;
}
