/* Any bytes as the answer of a name server to the question for the name of 192.0.2.7. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/ptr.h"
#include "fuzz.h"

static bool is_graphic(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~')
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ht_ptr_answer answer;
    memset(&answer, 0xa5, sizeof answer);
    /* As long as the message and no longer: a sanitizer sees who reads beyond. */
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    if (bytes == NULL)
        return 0;
    if (size > 0)
        memcpy(bytes, data, size);
    if (ht_ptr_read(bytes, size, "7.2.0.192.in-addr.arpa", &answer)) {
        expect(memchr(answer.name, '\0', sizeof answer.name) != NULL);
        expect(is_graphic(answer.name));
        expect(answer.has_ttl || answer.name[0] == '\0');
        expect(!answer.has_ttl || answer.ttl_s <= INT32_MAX || answer.name[0] == '\0');
    }
    free(bytes);
    return 0;
}
