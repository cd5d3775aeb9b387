#include <math.h>

#include "hoptrace/time.h"
#include "output/format.h"
#include "output/self_fields.h"
#include "output/writers.h"

/* Digits behind the point of a number of the metrics: microseconds. */
#define METRIC_DECIMALS 6

/* What stands around the members of a JSON object. */
struct layout {
    const char *begin;
    const char *between;
    const char *colon;
    const char *end;
};

static void put_number(struct ht_text *text, const struct ht_self_field *field, double value)
{
    if (isnan(value))
        ht_text_puts(text, "null");
    else
        ht_append_number(text, value, field->decimals, field->decimals > 0);
}

static void write_json(struct ht_text *text, const struct ht_health *health,
                       const struct layout *layout)
{
    const struct ht_self_field *field;
    ht_text_printf(text, "%s\"schema\"%s\"hoptrace-self/1\"%s\"time\"%s\"", layout->begin,
                   layout->colon, layout->between, layout->colon);
    ht_append_time(text, health->time_ns);
    ht_text_printf(text, "\"%s\"duration_ms\"%s", layout->between, layout->colon);
    ht_append_number(text, ht_ns_to_ms(health->duration_ns), 3, 1);
    for (size_t i = 0; (field = ht_self_field_at(i)) != NULL; i++) {
        if (field->name == NULL)
            continue;
        ht_text_printf(text, "%s\"%s\"%s", layout->between, field->name, layout->colon);
        put_number(text, field, ht_self_value(field, health));
    }
    ht_text_puts(text, layout->end);
}

void ht_write_self_json(struct ht_text *text, const struct ht_health *health,
                        const struct ht_output_context *context)
{
    static const struct layout line = {"{", ",", ":", "}\n"};
    (void)context;
    write_json(text, health, &line);
}

void ht_write_self_json_pretty(struct ht_text *text, const struct ht_health *health,
                               const struct ht_output_context *context)
{
    static const struct layout indented = {"{\n  ", ",\n  ", ": ", "\n}\n"};
    (void)context;
    write_json(text, health, &indented);
}

void ht_write_self_json_array(struct ht_text *text, const struct ht_health *health,
                              const struct ht_output_context *context)
{
    static const struct layout array = {"[{", ",", ":", "}]\n"};
    (void)context;
    write_json(text, health, &array);
}

void ht_write_self_influx(struct ht_text *text, const struct ht_health *health,
                          const struct ht_output_context *context)
{
    const struct ht_self_field *field;
    char before = ' ';
    (void)context;
    ht_text_puts(text, "traceroute_self");
    for (size_t i = 0; (field = ht_self_field_at(i)) != NULL; i++) {
        double value = ht_self_value(field, health);
        if (field->name == NULL || isnan(value))
            continue;
        ht_text_printf(text, "%c%s=", before, field->name);
        ht_append_number(text, value, field->decimals, 0);
        ht_text_puts(text, field->decimals == 0 ? "i" : "");
        before = ',';
    }
    ht_text_putc(text, ' ');
    ht_append_integer(text, health->time_ns);
    ht_text_putc(text, '\n');
}

void ht_write_self_prometheus(struct ht_text *text, const struct ht_health *health)
{
    const struct ht_self_field *field;
    for (size_t i = 0; (field = ht_self_field_at(i)) != NULL; i++) {
        double value = field->metric != NULL ? ht_self_metric(field, health) : NAN;
        if (isnan(value))
            continue;
        bool counter = field->source == HT_SELF_COUNT || field->source == HT_SELF_NS;
        ht_text_printf(text,
                       "# HELP hoptrace_self_%s %s\n# TYPE hoptrace_self_%s %s\nhoptrace_self_%s ",
                       field->metric, field->help, field->metric, counter ? "counter" : "gauge",
                       field->metric);
        ht_append_number(text, value, METRIC_DECIMALS, 0);
        ht_text_putc(text, '\n');
    }
}

void ht_write_self_text(struct ht_text *text, const struct ht_health *health,
                        const struct ht_output_context *context)
{
    const struct ht_self_field *field;
    if (context != NULL && context->dated) {
        ht_append_time(text, health->time_ns);
        ht_text_putc(text, ' ');
    }
    ht_text_puts(text, "self:");
    for (size_t i = 0; (field = ht_self_field_at(i)) != NULL; i++) {
        double value = ht_self_value(field, health);
        if (field->name == NULL || isnan(value))
            continue;
        ht_text_printf(text, " %s ", field->name);
        ht_append_number(text, value, field->decimals, 0);
    }
    ht_text_putc(text, '\n');
}
