#include "keyboard.h"

#define ESCAPE '\033'

static enum live_key of_letter(char letter)
{
    switch (letter) {
    case 'q':
    case 'Q':
        return LIVE_KEY_QUIT;
    case 'p':
    case 'P':
    case ' ':
        return LIVE_KEY_PAUSE;
    case 'n':
    case 'N':
        return LIVE_KEY_NAMES;
    case 'r':
    case 'R':
        return LIVE_KEY_RESTART;
    case 'd':
    case 'D':
        return LIVE_KEY_DISPLAY;
    default:
        return LIVE_KEY_NONE;
    }
}

/* The last byte of a cursor key: right and down, left and up. */
static enum live_key of_cursor(char last)
{
    if (last == 'C' || last == 'B')
        return LIVE_KEY_NEXT;
    return last == 'D' || last == 'A' ? LIVE_KEY_PREVIOUS : LIVE_KEY_NONE;
}

enum live_key live_key_next(const char *bytes, size_t length, size_t *at)
{
    char first = bytes[(*at)++];
    if (first != ESCAPE)
        return of_letter(first);
    if (*at == length || (bytes[*at] != '[' && bytes[*at] != 'O'))
        return LIVE_KEY_NONE;
    (*at)++;
    /* Parameters and intermediate bytes of a control sequence (ECMA-48, 5.4). */
    size_t from = *at;
    while (*at < length && bytes[*at] >= 0x20 && bytes[*at] < 0x40)
        (*at)++;
    if (*at == length)
        return LIVE_KEY_NONE;
    char last = bytes[(*at)++];
    return *at - from == 1 ? of_cursor(last) : LIVE_KEY_NONE;
}
