/* Which symbols libhoptrace.so shows: all else is compiled with hidden visibility. And between
 * which lines a header says to C++ that its functions are C's. */
#ifndef HT_HOPTRACE_EXPORT_H
#define HT_HOPTRACE_EXPORT_H

#define HT_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define HT_BEGIN_C extern "C" {
#define HT_END_C   }
#else
#define HT_BEGIN_C
#define HT_END_C
#endif

#endif
