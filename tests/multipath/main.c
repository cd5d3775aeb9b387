#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "multipath.h"

static const struct {
    const char *name;
    bool (*check)(double scale, const char *only);
} subjects[] = {{"topologies", check_topologies},
                {"any", check_any},
                {"loss", check_loss},
                {"engine", check_engine}};

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

/* multipath SUBJECT|all [SCALE [TOPOLOGY]] */
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
        good &= subjects[i].check(scale, argc > 3 ? argv[3] : NULL);
    }
    if (!found || scale <= 0) {
        (void)fprintf(stderr, "usage: multipath SUBJECT|all [SCALE [TOPOLOGY]]\n");
        return 2;
    }
    (void)printf(good ? "ok\n" : "not ok\n");
    return good ? 0 : 1;
}
