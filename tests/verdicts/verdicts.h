/* What is drawn by the thousand to see how often a verdict is wrong: one function for each subject.
 * Each prints its figures, and a line "not ok ..." for each that is worse than it may be. */
#ifndef HT_TESTS_VERDICTS_H
#define HT_TESTS_VERDICTS_H

#include <stdbool.h>

/* `scale`: 1 is the full form. True if all is as it should be. */
bool check_placement(double scale);
bool check_silence(double scale);
bool check_events(double scale);
bool check_delays(double scale);
bool check_times(double scale);
bool check_path_loss(double scale);
bool check_cost(double scale);

/* Prints "not ok" and the text unless the condition holds; returns the condition. */
bool must(bool condition, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
