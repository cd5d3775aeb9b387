/* Which files the program reads again or writes later on. */
#ifndef HT_EXEC_OWN_FILES_H
#define HT_EXEC_OWN_FILES_H

#include "../options.h"
#include "../plan.h"
#include "file_access.h"

/* Fills *access, which is to be freed with file_access_fini. `plan` has its targets still. */
void own_files(struct file_access *access, const struct options *options, const struct plan *plan);

#endif
