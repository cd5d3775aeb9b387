#include "own_files.h"

#include <string.h>

void own_files(struct file_access *access, const struct options *options, const struct plan *plan)
{
    const struct ht_process_settings *process = &plan->process;
    const struct ht_text *included = &plan->config.included;
    const char *const written[] = {process->state, process->output_file};
    const char *const read_again[] = {options->process.config_path, options->process.targets_file,
                                      process->targets_file};
    file_access_init(access);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        if (written[i] != NULL)
            file_access_write(access, written[i]);
    }
    if (process->asn_db != NULL)
        file_access_read(access, process->asn_db);
    if (process->interval_ns == 0 || !plan->reads_files)
        return;
    for (size_t i = 0; i < sizeof read_again / sizeof read_again[0]; i++) {
        if (read_again[i] != NULL && strcmp(read_again[i], "-") != 0)
            file_access_read(access, read_again[i]);
    }
    for (size_t at = 0; at < included->length; at += strlen(included->data + at) + 1)
        file_access_read(access, included->data + at);
}
