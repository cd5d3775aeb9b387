/* What can be asked of a record or of the whole run, by its words in an expectation. */
#ifndef HT_SCENARIO_OBSERVE_H
#define HT_SCENARIO_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "driver.h"
#include "record.h"

enum seen_kind { SEEN_NOTHING, SEEN_NUMBER, SEEN_TEXT };

/* A value as it was seen; times are in ms. */
struct seen {
    enum seen_kind kind;
    double number;
    char text[1024];
};

/* Words such as "hop 3 rtt.min". False: no such thing can be asked. */
bool observe_record(const struct record *record, const char (*words)[SCRIPT_NAME_MAX], size_t count,
                    struct seen *seen);
bool observe_run(const struct driver *driver, const char (*words)[SCRIPT_NAME_MAX], size_t count,
                 struct seen *seen);

#endif
