/* Threads for work that may wait for a disk. */
#ifndef HT_STATE_THREAD_H
#define HT_STATE_THREAD_H

#include <pthread.h>

/* Begins a thread with a small stack, in which all signals but SIGSYS are blocked: they are
 * delivered to the program's threads, and a limit of file sizes is an error. Returns 0, or an
 * errno: there is none.
 */
int ht_thread_begin(pthread_t *thread, void *(*run)(void *), void *argument);

#endif
