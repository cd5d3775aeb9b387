#include "host_name.h"

#include <stdlib.h>
#include <unistd.h>

const char *host_name(char *buffer, size_t size)
{
    const char *given = getenv("COLLECTD_HOSTNAME");
    if (given != NULL && *given != '\0')
        return given;
    if (gethostname(buffer, size - 1) != 0 || buffer[0] == '\0')
        return "localhost";
    buffer[size - 1] = '\0';
    return buffer;
}
