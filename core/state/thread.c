#include "state/thread.h"

#include <signal.h>
#include <stddef.h>

/* Bytes of a thread's stack: writing a state file needs some 80,000, reading a database the same.
 */
#define STACK_SIZE ((size_t)256 * 1024)

int ht_thread_begin(pthread_t *thread, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    int sys_errno = pthread_attr_init(&attributes);
    if (sys_errno != 0)
        return sys_errno;
    sigset_t all;
    sigset_t before;
    /* But what a program's sandbox refuses: blocked, it would end the process without a word. */
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGSYS);
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sys_errno = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (sys_errno == 0) {
        sys_errno = pthread_create(thread, &attributes, run, argument);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    (void)pthread_attr_destroy(&attributes);
    return sys_errno;
}
