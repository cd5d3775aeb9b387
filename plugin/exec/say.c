#include "say.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "config/names.h"

/* More than a path and a sentence. */
#define LINE_MAX_BYTES 8192

void say_to_stderr(void *user, const char *line)
{
    (void)user;
    (void)fprintf(stderr, "%s\n", line);
}

static void __attribute__((format(printf, 3, 0)))
say_list(say_line *say, void *user, const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES];
    int prefix = snprintf(line, sizeof line, "hoptrace: ");
    if (prefix < 0 || vsnprintf(line + prefix, sizeof line - (size_t)prefix, format, arguments) < 0)
        return;
    ht_line_clean(line);
    say(user, line);
}

void say_problem(say_line *say, void *user, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(say, user, format, arguments);
    va_end(arguments);
}

void say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(say_to_stderr, NULL, format, arguments);
    va_end(arguments);
}
