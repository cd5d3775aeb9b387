/* outputs [--packets] FILE...: plays scenarios and prints their records in every format: two
 * engines that print the same bytes behave alike. --packets: prints of each scenario also the
 * number of packets that left, and a digest of their times and bytes.
 *
 * The scenarios may go beyond what the contract promises (a payload too short to tell a lie from an
 * answer), so breaches are not told, and expectations are not asked. Exit status 0: all records
 * were printed; 2: not so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "driver.h"
#include "output/output.h"
#include "scenario.h"
#include "support.h"

static const char *const formats[] = {"text",   "json",       "json-array",
                                      "influx", "prometheus", "putval"};

/* Characters that some format has to escape. */
static const struct ht_tag tags[] = {{"site", "fra 1"}, {"note", "a,b=\"c\"\\"}};

static const struct ht_output_context context = {
    .hostname = "host", .interval_s = 10, .shortest_s = 10};

static void print(FILE *out, const struct ht_output_format *format,
                  const struct ht_output_record *records, size_t count)
{
    struct ht_text text = {0};
    format->write(&text, records, count, &context);
    if (text.failed)
        die("out of memory");
    (void)fwrite(text.data, 1, text.length, out);
    ht_text_fini(&text);
}

/* The n-th records of all targets, in the order of their delivery. Returns their number. */
static size_t print_round(FILE *out, const struct driver *driver,
                          const struct ht_output_format *format, uint32_t number)
{
    struct ht_output_record *records = make((driver->record_count + 1) * sizeof *records);
    size_t count = 0;
    for (size_t i = 0; i < driver->record_count; i++) {
        if (driver->records[i]->number == number)
            records[count++].report = &driver->records[i]->report;
    }
    if (format->whole_round && count > 0)
        print(out, format, records, count);
    for (size_t i = 0; !format->whole_round && i < count; i++)
        print(out, format, &records[i], 1);
    free(records);
    return count;
}

static void print_records(FILE *out, const struct driver *driver)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        (void)fprintf(out, "# %s\n", formats[i]);
        uint32_t number = 1;
        while (print_round(out, driver, ht_output_find(formats[i]), number) > 0)
            number++;
    }
}

static void play(FILE *out, const char *file, bool packets)
{
    struct scenario scenario;
    struct driver driver;
    scenario_read(&scenario, file);
    for (size_t i = 0; i < scenario.target_count; i++) {
        scenario.targets[i].target.tags = tags;
        scenario.targets[i].target.tag_count = sizeof tags / sizeof tags[0];
    }
    driver_run(&driver, &scenario);
    const char *slash = strrchr(file, '/');
    (void)fprintf(out, "# %s: %zu records\n", slash != NULL ? slash + 1 : file,
                  driver.record_count);
    if (packets)
        (void)fprintf(out, "# %zu packets, digest %016" PRIx64 "\n", driver.ledger.packets,
                      driver.digest);
    print_records(out, &driver);
    driver_fini(&driver);
    scenario_fini(&scenario);
}

int main(int argc, char **argv)
{
    bool packets = argc > 1 && strcmp(argv[1], "--packets") == 0;
    int first = packets ? 2 : 1;
    if (argc <= first) {
        (void)fprintf(stderr, "usage: %s [--packets] FILE...\n", argv[0]);
        return 2;
    }
    /* The driver tells breaches on standard output. */
    FILE *out = fdopen(dup(STDOUT_FILENO), "w");
    if (out == NULL || freopen("/dev/null", "w", stdout) == NULL)
        die("standard output cannot be set aside");
    for (int i = first; i < argc; i++)
        play(out, argv[i], packets);
    if (fclose(out) != 0)
        die("cannot write");
    return 0;
}
