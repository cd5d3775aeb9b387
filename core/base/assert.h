/* Invariants, checked in debug and test builds (HT_ASSERTIONS). */
#ifndef HT_BASE_ASSERT_H
#define HT_BASE_ASSERT_H

/* Ends the process where an invariant does not hold; a release evaluates nothing. The condition has
 * no side effects. It is for what the code promises itself, never for what comes from outside. A
 * trap needs no function of the C library: pure folders stay pure. */
#ifdef HT_ASSERTIONS
#define HT_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define HT_ASSERT(condition) ((void)sizeof(!(condition)))
#endif

#endif
