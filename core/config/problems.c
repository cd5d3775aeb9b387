#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/names.h"

/* More than any sentence of ours with the longest name in it. */
#define SENTENCE_MAX 512

static void tell(struct ht_problems *problems, struct ht_text *line)
{
    if (line->failed) {
        problems->no_memory = true;
    } else {
        ht_line_clean(line->data);
        problems->tell(problems->user, line->data);
    }
    problems->count++;
    ht_text_fini(line);
}

void ht_problem_of_file(struct ht_problems *problems, const char *text)
{
    struct ht_text line = {0};
    ht_text_printf(&line, "%s: %s", problems->file, text);
    tell(problems, &line);
}

static void __attribute__((format(printf, 4, 0)))
tell_at(struct ht_problems *problems, struct ht_place place, const char *key, const char *format,
        va_list arguments)
{
    char sentence[SENTENCE_MAX];
    if (vsnprintf(sentence, sizeof sentence, format, arguments) < 0)
        sentence[0] = '\0';
    struct ht_text line = {0};
    ht_text_printf(&line, "%s:%u: ", place.file, place.line);
    if (key != NULL)
        ht_text_printf(&line, "%s: ", key);
    ht_text_puts(&line, sentence);
    tell(problems, &line);
}

void ht_problem(struct ht_problems *problems, unsigned line, const char *key, const char *format,
                ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell_at(problems, ht_sources_place(&problems->sources, problems->file, line), key, format,
            arguments);
    va_end(arguments);
}

void ht_problem_at(struct ht_problems *problems, struct ht_place place, const char *key,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell_at(problems, place, key, format, arguments);
    va_end(arguments);
}

void ht_problem_cite(struct ht_place place, const char *from, char *text, size_t size)
{
    bool elsewhere = strcmp(place.file, from) != 0;
    if (snprintf(text, size, "line %u%s%.120s", place.line, elsewhere ? " of " : "",
                 elsewhere ? place.file : "") < 0)
        text[0] = '\0';
}
