/* replay FILE-OR-FOLDER...: runs inputs through a fuzz target, for builds without a fuzzer. An
 * input that breaks something ends the program as it would end the fuzzer. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define INPUT_MAX (1u << 20)

/* False: cannot be read. */
static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    uint8_t *data = malloc(INPUT_MAX);
    if (data == NULL) {
        (void)fclose(file);
        return false;
    }
    size_t size = fread(data, 1, INPUT_MAX, file);
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    /* As long as the input and no longer: a sanitizer sees who reads beyond. */
    uint8_t *exact = realloc(data, size > 0 ? size : 1);
    if (good && exact != NULL)
        (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact != NULL ? exact : data);
    return good;
}

/* The number of inputs replayed; -1: one could not be read. */
static int replay(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return replay_file(path) ? 1 : -1;
    int count = 0;
    for (const struct dirent *entry; count >= 0 && (entry = readdir(folder)) != NULL;) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        bool good = length > 0 && (size_t)length < sizeof name && replay_file(name);
        count = good ? count + 1 : -1;
    }
    (void)closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);
        if (count < 0) {
            (void)fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        total += count;
    }
    printf("%d inputs replayed\n", total);
    return total > 0 ? 0 : 1;
}
