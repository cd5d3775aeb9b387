/* Any bytes as a list of targets: its hosts are the lines without comments and blanks, in their
 * order, each one that may be measured; anything else is refused, line by line. */
#include <string.h>

#include "config/host_list.h"
#include "config/names.h"
#include "fuzz.h"

static void count_line(void *user, const char *line)
{
    size_t *count = user;
    expect(strncmp(line, "fuzz:", 5) == 0 && strchr(line, '\n') == NULL);
    (*count)++;
}

/* The next host of the text, by the rule alone. Returns its length; 0: there is no other. */
static size_t next_host(const char **at, const char *end, const char **host)
{
    while (*at < end) {
        const char *line = *at;
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const char *behind = stop != NULL ? stop : end;
        *at = stop != NULL ? stop + 1 : end;
        const char *comment = memchr(line, '#', (size_t)(behind - line));
        if (comment != NULL)
            behind = comment;
        while (line < behind && strchr(" \t\r\v\f", *line) != NULL)
            line++;
        while (line < behind && strchr(" \t\r\v\f", behind[-1]) != NULL)
            behind--;
        *host = line;
        if (line < behind)
            return (size_t)(behind - line);
    }
    return 0;
}

static void check_hosts(const struct ht_host_list *list, const char *text, size_t size)
{
    const char *at = text;
    const char *host;
    for (size_t i = 0; i < list->count; i++) {
        size_t length = next_host(&at, text + size, &host);
        expect(length == strlen(list->hosts[i]) && memcmp(host, list->hosts[i], length) == 0);
        expect(ht_target_host_check(list->hosts[i], NULL) == HT_OK);
        expect(ht_target_name_check(list->hosts[i], NULL) == HT_OK);
        expect(strpbrk(list->hosts[i], " \t\r\v\f") == NULL);
    }
    expect(next_host(&at, text + size, &host) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ht_text text = {0};
    struct ht_host_list list;
    size_t problems = 0;
    ht_text_append(&text, (const char *)data, size);
    if (text.failed)
        return 0;
    int code = ht_host_list_read_text(&text, "fuzz", &list, count_line, &problems);
    expect(code == (problems == 0 ? HT_OK : HT_ERR_INVALID));
    expect((code == HT_OK) == (list.count > 0));
    if (code == HT_OK)
        check_hosts(&list, text.data, text.length);
    ht_host_list_fini(&list);
    ht_text_fini(&text);
    return 0;
}
