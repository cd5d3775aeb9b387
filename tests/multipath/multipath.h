/* What is drawn by the thousand: one function for each subject. Each prints its figures, and a line
 * "not ok ..." for each that is worse than it may be. */
#ifndef HT_TESTS_MULTIPATH_H
#define HT_TESTS_MULTIPATH_H

#include <stdbool.h>

/* `scale`: 1 is the full form: 10,000 runs of each topology (and of each by the engine as a whole),
 * 20,000 networks of each sort, 1,000 of each loss. True if all is as it should be. `only`: the
 * name of one topology, or NULL. */
bool check_topologies(double scale, const char *only);
bool check_any(double scale, const char *only);
bool check_loss(double scale, const char *only);
bool check_engine(double scale, const char *only);

/* Prints "not ok" and the text unless the condition holds; returns the condition. */
bool must(bool condition, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
