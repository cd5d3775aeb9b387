/* A stand-in for a stranger's code inside the process, in builds with assertions alone: it tries
 * what the sandbox is to refuse, so that a test can see it refused. */
#ifndef HT_EXEC_ATTACKER_H
#define HT_EXEC_ATTACKER_H

#ifdef HT_ASSERTIONS
/* If the environment has HOPTRACE_ATTACK: tries to read that file, to write beside it, to open
 * sockets, to run and to harm processes, and says on stderr, a line each, what became of it. */
void attacker_try(void);
#else
static inline void attacker_try(void)
{
}
#endif

#endif
