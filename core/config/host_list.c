#include "config/host_list.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/names.h"
#include "config/problems.h"

#define BLANKS " \t\r\v\f"

/* What is left of a line without its comment and the blanks around; "": nothing. */
static char *trim(char *line)
{
    line[strcspn(line, "#")] = '\0';
    line += strspn(line, BLANKS);
    size_t length = strlen(line);
    while (length > 0 && strchr(BLANKS, line[length - 1]) != NULL)
        length--;
    line[length] = '\0';
    return line;
}

static void take(struct ht_host_list *list, struct ht_problems *problems, unsigned line,
                 const char *host)
{
    struct ht_error error;
    int code = ht_target_host_check(host, &error);
    if (code == HT_OK)
        code = ht_target_name_check(host, &error);
    if (code == HT_OK && strpbrk(host, BLANKS) != NULL)
        code = ht_error_set(&error, HT_ERR_INVALID, "holds blanks: there is one HOST a line");
    if (code != HT_OK)
        ht_problem(problems, line, "host", "'%.300s': %s", host, error.text);
    list->hosts[list->count++] = host;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

static void split(struct ht_host_list *list, struct ht_problems *problems)
{
    list->hosts = calloc(count_lines(list->text.data), sizeof *list->hosts);
    if (list->hosts == NULL) {
        problems->no_memory = true;
        return;
    }
    unsigned number = 1;
    for (char *line = list->text.data, *next; line != NULL; line = next, number++) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        const char *host = trim(line);
        if (host[0] != '\0')
            take(list, problems, number, host);
    }
    if (list->count == 0)
        ht_problem_of_file(problems, "holds no HOST");
}

static int read_list(struct ht_host_list *list, struct ht_problems *problems)
{
    ht_text_puts(&list->text, ""); /* terminates */
    if (list->text.failed)
        problems->no_memory = true;
    else if (memchr(list->text.data, '\0', list->text.length) != NULL)
        ht_problem_of_file(problems, "holds a NUL byte: it is not a text file");
    else
        split(list, problems);
    int code = problems->no_memory ? HT_ERR_NOMEM : problems->count > 0 ? HT_ERR_INVALID : HT_OK;
    if (code != HT_OK)
        ht_host_list_fini(list);
    return code;
}

int ht_host_list_read_text(const struct ht_text *text, const char *path, struct ht_host_list *list,
                           ht_config_problem *problem, void *user)
{
    struct ht_problems problems = {.file = path, .tell = problem, .user = user};
    *list = (struct ht_host_list){.count = 0};
    if (text->length > 0)
        ht_text_append(&list->text, text->data, text->length);
    return read_list(list, &problems);
}

int ht_host_list_read_file(const char *path, struct ht_host_list *list, ht_config_problem *problem,
                           void *user)
{
    struct ht_problems problems = {.file = path, .tell = problem, .user = user};
    *list = (struct ht_host_list){.count = 0};
    int sys_errno = ht_load_file(path, &list->text);
    if (sys_errno == 0)
        return read_list(list, &problems);
    struct ht_error error;
    ht_source_refuse(&error, sys_errno, "");
    ht_problem_of_file(&problems, error.text);
    ht_host_list_fini(list);
    return problems.no_memory ? HT_ERR_NOMEM : HT_ERR_INVALID;
}

void ht_host_list_fini(struct ht_host_list *list)
{
    ht_text_fini(&list->text);
    free(list->hosts);
    *list = (struct ht_host_list){.count = 0};
}
