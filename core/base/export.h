/* Which symbols libhoptrace.so shows: all else is compiled with hidden visibility. */
#ifndef HT_BASE_EXPORT_H
#define HT_BASE_EXPORT_H

#define HT_API __attribute__((visibility("default")))

#endif
