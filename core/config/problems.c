#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>

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

void ht_problem(struct ht_problems *problems, unsigned line_number, const char *key,
                const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(sentence, sizeof sentence, format, arguments) < 0)
        sentence[0] = '\0';
    va_end(arguments);
    struct ht_text line = {0};
    ht_text_printf(&line, "%s:%u: ", problems->file, line_number);
    if (key != NULL)
        ht_text_printf(&line, "%s: ", key);
    ht_text_puts(&line, sentence);
    tell(problems, &line);
}
