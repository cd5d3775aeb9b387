#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "config/names.h"

/* More than a path and a sentence. */
#define LINE_MAX_BYTES 8192

static struct ht_text *kept; /* NULL: lines go to stderr */

void say_keep(struct ht_text *text)
{
    if (text == NULL && kept != NULL && kept->length > 0 && !kept->failed)
        (void)fputs(kept->data, stderr);
    kept = text;
}

void say_to_stderr(void *user, enum say_level level, const char *line)
{
    (void)user;
    if (kept != NULL) {
        ht_text_printf(kept, "%s\n", line);
        return;
    }
    const char *mark = level == SAY_WARNING ? "W! " : "E! ";
    (void)fprintf(stderr, "%s%s\n", isatty(STDERR_FILENO) == 1 ? "" : mark, line);
}

static void __attribute__((format(printf, 4, 0)))
say_list(say_line *say, void *user, enum say_level level, const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES];
    int prefix = snprintf(line, sizeof line, "hoptrace: ");
    if (prefix < 0 || vsnprintf(line + prefix, sizeof line - (size_t)prefix, format, arguments) < 0)
        return;
    ht_line_clean(line);
    say(user, level, line);
}

void say_problem(say_line *say, void *user, enum say_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(say, user, level, format, arguments);
    va_end(arguments);
}

void say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(say_to_stderr, NULL, SAY_ERROR, format, arguments);
    va_end(arguments);
}

void say_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(say_to_stderr, NULL, SAY_WARNING, format, arguments);
    va_end(arguments);
}
