#include "output/output.h"

#include <string.h>

#include "output/writers.h"

static const struct ht_output_format formats[] = {
    {"text", ht_write_text, false, false},
    {"json", ht_write_json, false, false},
    {"json-pretty", ht_write_json_pretty, false, false},
    {"json-array", ht_write_json_array, true, true},
    {"influx", ht_write_influx, false, false},
    {"putval", ht_write_putval, false, false},
    {"prometheus", ht_write_prometheus, true, false},
};

const struct ht_output_format *ht_output_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}
