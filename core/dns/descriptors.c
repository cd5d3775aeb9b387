#include "dns/descriptors.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "base/array.h"

void ht_descriptors_init(struct ht_descriptors *descriptors, int epoll_fd, uint64_t epoll_tag)
{
    *descriptors = (struct ht_descriptors){.epoll_fd = epoll_fd, .epoll_tag = epoll_tag};
}

void ht_descriptors_fini(struct ht_descriptors *descriptors)
{
    free(descriptors->list);
}

static size_t find(const struct ht_descriptors *descriptors, int fd)
{
    size_t i = 0;
    while (i < descriptors->count && descriptors->list[i].fd != fd)
        i++;
    return i;
}

static void unwatch(struct ht_descriptors *descriptors, int fd)
{
    size_t i = find(descriptors, fd);
    if (i == descriptors->count)
        return;
    descriptors->list[i] = descriptors->list[--descriptors->count];
    (void)epoll_ctl(descriptors->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* The entry of a descriptor, a new one at need; NULL: no memory. */
static struct pollfd *entry_of(struct ht_descriptors *descriptors, int fd)
{
    size_t i = find(descriptors, fd);
    if (i < descriptors->count)
        return &descriptors->list[i];
    struct pollfd *list = ht_array_room(descriptors->list, i, &descriptors->capacity, sizeof *list);
    if (list == NULL)
        return NULL;
    descriptors->list = list;
    descriptors->count++;
    descriptors->list[i] = (struct pollfd){.fd = fd};
    return &descriptors->list[i];
}

void ht_descriptors_watch(struct ht_descriptors *descriptors, int fd, bool readable, bool writable)
{
    if (!readable && !writable) {
        unwatch(descriptors, fd);
        return;
    }
    struct pollfd *entry = entry_of(descriptors, fd);
    if (entry == NULL) {
        descriptors->incomplete = true;
        return;
    }
    int operation = entry->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    entry->events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
    struct epoll_event event = {.data.u64 = descriptors->epoll_tag};
    event.events = (readable ? (uint32_t)EPOLLIN : 0) | (writable ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(descriptors->epoll_fd, operation, fd, &event) != 0)
        descriptors->incomplete = true;
}

bool ht_descriptors_poll(struct ht_descriptors *descriptors)
{
    return descriptors->count > 0 && poll(descriptors->list, (nfds_t)descriptors->count, 0) > 0;
}

bool ht_descriptors_take(struct ht_descriptors *descriptors, struct ht_ready_descriptor *ready)
{
    for (size_t i = 0; i < descriptors->count; i++) {
        struct pollfd *entry = &descriptors->list[i];
        if (entry->revents == 0)
            continue;
        ready->fd = entry->fd;
        ready->readable = (entry->revents & ~POLLOUT) != 0;
        ready->writable = (entry->revents & ~POLLIN) != 0 && (entry->events & POLLOUT) != 0;
        entry->revents = 0;
        return true;
    }
    return false;
}
