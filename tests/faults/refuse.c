#define _GNU_SOURCE /* dl_iterate_phdr */
#include "refuse.h"

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Who really allocates: the sanitizer, where there is one, or the C library. */
#ifdef SANITIZED
#define BEHIND(name) __interceptor_##name
#else
#define BEHIND(name) __libc_##name
#endif

/* What these are called is not ours to choose. */
void *BEHIND(malloc)(size_t size);
void *BEHIND(calloc)(size_t count, size_t size);
void *BEHIND(realloc)(void *memory, size_t size);
char *__strdup(const char *string);

static struct {
    atomic_bool armed;
    atomic_size_t seen;
    atomic_size_t refused;
    size_t first;
    size_t count;
    uintptr_t spared_from; /* code of the library that is spared */
    uintptr_t spared_to;
} refusal;

void refuse_allocations(size_t first, size_t count)
{
    refusal.first = first;
    refusal.count = count;
    atomic_store(&refusal.seen, 0);
    atomic_store(&refusal.refused, 0);
    atomic_store(&refusal.armed, true);
}

size_t refuse_no_more(void)
{
    atomic_store(&refusal.armed, false);
    return atomic_load(&refusal.refused);
}

static int find_library(struct dl_phdr_info *info, size_t size, void *part)
{
    (void)size;
    if (strstr(info->dlpi_name, part) == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0)
            continue;
        refusal.spared_from = info->dlpi_addr + segment->p_vaddr;
        refusal.spared_to = refusal.spared_from + segment->p_memsz;
    }
    return 1;
}

void refuse_spare_library(const char *part)
{
    (void)dl_iterate_phdr(find_library, (void *)(uintptr_t)part);
}

static bool is_refused(const void *caller)
{
    uintptr_t from = (uintptr_t)caller;
    if (!atomic_load(&refusal.armed) || (from >= refusal.spared_from && from < refusal.spared_to))
        return false;
    size_t number = atomic_fetch_add(&refusal.seen, 1) + 1;
    if (number < refusal.first || number - refusal.first >= refusal.count)
        return false;
    atomic_fetch_add(&refusal.refused, 1);
    errno = ENOMEM;
    return true;
}

#define REFUSED is_refused(__builtin_return_address(0))

/* ---- what everybody calls ---- */

void *malloc(size_t size)
{
    return REFUSED ? NULL : BEHIND(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return REFUSED ? NULL : BEHIND(calloc)(count, size);
}

void *realloc(void *memory, size_t size)
{
    return REFUSED ? NULL : BEHIND(realloc)(memory, size);
}

static char *copy_of(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = BEHIND(malloc)(size);
    return copy != NULL ? memcpy(copy, string, size) : NULL;
}

char *strdup(const char *string)
{
    return REFUSED ? NULL : copy_of(string);
}

/* The name by which libraries that were built with optimization call it. */
char *__strdup(const char *string)
{
    return REFUSED ? NULL : copy_of(string);
}
