#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdicts.h"

static const struct {
    const char *name;
    bool (*check)(double scale);
} subjects[] = {
    {"placement", check_placement}, {"silence", check_silence}, {"events", check_events},
    {"delays", check_delays},       {"times", check_times},     {"path_loss", check_path_loss},
    {"cost", check_cost},
};

#define SUBJECTS (sizeof subjects / sizeof subjects[0])

bool must(bool condition, const char *format, ...)
{
    va_list arguments;
    if (condition)
        return true;
    va_start(arguments, format);
    (void)printf("not ok ");
    (void)vprintf(format, arguments);
    (void)printf("\n");
    va_end(arguments);
    return false;
}

/* verdicts SUBJECT|all [SCALE] */
int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "all";
    double scale = argc > 2 ? strtod(argv[2], NULL) : 1;
    bool good = true;
    bool found = false;
    for (size_t i = 0; i < SUBJECTS; i++) {
        if (strcmp(wanted, "all") != 0 && strcmp(wanted, subjects[i].name) != 0)
            continue;
        found = true;
        good &= subjects[i].check(scale);
    }
    if (!found || scale <= 0) {
        (void)fprintf(stderr, "usage: verdicts SUBJECT|all [SCALE]\n");
        return 2;
    }
    (void)printf(good ? "ok\n" : "not ok\n");
    return good ? 0 : 1;
}
