/* The one table of what events there are: a row for each kind, its name and what it tells beside
 * what all of them tell. A new kind is its value in hoptrace/event.h, its members of struct
 * ht_event, and a row of event.c. */
#ifndef HT_MODEL_EVENT_H
#define HT_MODEL_EVENT_H

#include <stddef.h>

#include "hoptrace/event.h"

enum ht_event_field_type {
    HT_EVENT_FIELD_UINT8,
    HT_EVENT_FIELD_UINT16,
    HT_EVENT_FIELD_UINT32,
    HT_EVENT_FIELD_HEX, /* an uint32_t, told as eight hexadecimal digits */
    HT_EVENT_FIELD_BOOLEAN,
    HT_EVENT_FIELD_MS,      /* a double of milliseconds; NaN: unknown */
    HT_EVENT_FIELD_PERCENT, /* a double; NaN: unknown */
    HT_EVENT_FIELD_WORD,    /* what the row's function gives: short, nothing to escape */
    HT_EVENT_FIELD_ADDRESS, /* a struct ht_address and its zone; version HT_IP_NONE: unknown */
    HT_EVENT_FIELD_STRINGS  /* an array of strings and their number, a size_t */
};

/* A fact of an event, by offsets in struct ht_event. */
struct ht_event_field {
    const char *name; /* in JSON and in influx lines */
    enum ht_event_field_type type;
    size_t offset;
    size_t zone;                            /* HT_EVENT_FIELD_ADDRESS: of the zone's name */
    size_t count;                           /* HT_EVENT_FIELD_STRINGS: of their number */
    const char *(*word)(const void *event); /* HT_EVENT_FIELD_WORD */
    size_t known; /* of the flag that is true if the fact is known; 0: it always is */
};

/* Most fields of one kind. */
#define HT_EVENT_FIELDS_MAX 12

/* The fields of the kind, in the order in which JSON has them; behind the last one stands one
 * without a name. Static; no fields for other values. */
const struct ht_event_field *ht_event_fields(enum ht_event_kind kind);

#endif
