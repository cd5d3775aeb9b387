#include "output/output.h"

#include <string.h>

#include "output/writers.h"

static const struct ht_output_pieces text_pieces = {.head = ht_text_output_head,
                                                    .hop = ht_text_output_hop,
                                                    .event = ht_text_output_event,
                                                    .close = ht_text_output_close};

/* The first one is the default. */
static const struct ht_output_format formats[] = {
    {.name = "text",
     .write = ht_write_text,
     .write_self = ht_write_self_text,
     .pieces = &text_pieces},
    {.name = "json", .write = ht_write_json, .write_self = ht_write_self_json},
    {.name = "json-pretty",
     .write = ht_write_json_pretty,
     .write_self = ht_write_self_json_pretty,
     .unlisted = true},
    {.name = "json-array",
     .write = ht_write_json_array,
     .write_self = ht_write_self_json_array,
     .whole_round = true},
    {.name = "influx", .write = ht_write_influx, .write_self = ht_write_self_influx},
    {.name = "putval",
     .write = ht_write_putval,
     .write_self = ht_write_self_putval,
     .for_collectd = true},
    {.name = "prometheus", .write = ht_write_prometheus, .whole_round = true, .replaces = true},
    {.name = "dot", .write = ht_write_dot},
};

#define FORMATS (sizeof formats / sizeof formats[0])

const struct ht_output_format *ht_output_find(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

const struct ht_output_format *ht_output_default(void)
{
    return &formats[0];
}

void ht_output_names(struct ht_text *text)
{
    const char *before = "";
    for (size_t i = 0; i < FORMATS; i++) {
        if (formats[i].unlisted)
            continue;
        ht_text_puts(text, before);
        ht_text_puts(text, formats[i].name);
        before = ", ";
    }
}
