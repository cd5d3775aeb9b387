/* HT_API: a symbol that libhoptrace.so exports; all others are compiled with hidden visibility.
 * HT_BEGIN_C, HT_END_C: around the declarations of a header that C++ may include. */
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
