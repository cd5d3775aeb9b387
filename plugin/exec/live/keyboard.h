/* Bytes of a terminal's keyboard -> what its user wants. Pure. */
#ifndef HT_EXEC_LIVE_KEYBOARD_H
#define HT_EXEC_LIVE_KEYBOARD_H

#include <stddef.h>

enum live_key {
    LIVE_KEY_NONE, /* a key without a meaning */
    LIVE_KEY_QUIT,
    LIVE_KEY_PAUSE,
    LIVE_KEY_NAMES,
    LIVE_KEY_RESTART,
    LIVE_KEY_DISPLAY,
    LIVE_KEY_NEXT,
    LIVE_KEY_PREVIOUS
};

/* The key that begins at `*at`, which moves behind it. */
enum live_key live_key_next(const char *bytes, size_t length, size_t *at);

#endif
