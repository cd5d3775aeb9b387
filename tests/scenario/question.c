#include "question.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void seen_number(struct seen *seen, double value)
{
    seen->kind = isnan(value) ? SEEN_NOTHING : SEEN_NUMBER;
    seen->number = value;
}

void seen_text(struct seen *seen, const char *value)
{
    seen->kind = value == NULL ? SEEN_NOTHING : SEEN_TEXT;
    (void)snprintf(seen->text, sizeof seen->text, "%s", value == NULL ? "" : value);
}

bool seen_ask(const struct question *questions, size_t count, const char *name, const void *subject,
              struct seen *seen)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(questions[i].name, name) == 0) {
            questions[i].answer(subject, seen);
            return true;
        }
    }
    return false;
}
