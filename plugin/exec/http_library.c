#ifdef HT_MICROHTTPD

#include "http_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "MHD_" #name, offsetof(struct http_library, name)                                          \
    }

static const struct function {
    const char *name;
    size_t offset; /* of its pointer */
} functions[] = {
    FUNCTION(add_response_header), FUNCTION(create_response_from_buffer),
    FUNCTION(destroy_response),    FUNCTION(get_connection_info),
    FUNCTION(get_daemon_info),     FUNCTION(get_timeout),
    FUNCTION(queue_response),      FUNCTION(run),
    FUNCTION(start_daemon),        FUNCTION(stop_daemon),
};

#define FUNCTIONS (sizeof functions / sizeof functions[0])

int http_library_load(struct http_library *library, struct ht_error *error)
{
    /* Never closed: what it needs may have left threads and handlers behind. */
    void *handle = dlopen(HT_MICROHTTPD, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return ht_error_set(error, HT_ERR_INVALID, "there is no libmicrohttpd: %s", dlerror());
    for (size_t i = 0; i < FUNCTIONS; i++) {
        void *function = dlsym(handle, functions[i].name);
        if (function == NULL)
            return ht_error_set(error, HT_ERR_INVALID, "there is no libmicrohttpd of use: %s",
                                dlerror());
        memcpy((char *)library + functions[i].offset, &function, sizeof function);
    }
    return HT_OK;
}

#endif
