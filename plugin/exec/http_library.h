/* libmicrohttpd, loaded by those who serve: gnutls and five further libraries come with it, 2.6 MB
 * of memory that a process which serves nothing does not need. The one file that knows its header.
 */
#ifndef HT_EXEC_HTTP_LIBRARY_H
#define HT_EXEC_HTTP_LIBRARY_H

#include <microhttpd.h>

#include "hoptrace/error.h"

/* Its functions: MHD_ and the member's name. */
struct http_library {
    __typeof__(MHD_add_response_header) *add_response_header;
    __typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
    __typeof__(MHD_destroy_response) *destroy_response;
    __typeof__(MHD_get_connection_info) *get_connection_info;
    __typeof__(MHD_get_daemon_info) *get_daemon_info;
    __typeof__(MHD_get_timeout) *get_timeout;
    __typeof__(MHD_queue_response) *queue_response;
    __typeof__(MHD_run) *run;
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
};

/* Loads it for as long as the process lives. HT_OK; HT_ERR_INVALID: it is not there, or not whole,
 * as the text says. */
int http_library_load(struct http_library *library, struct ht_error *error);

#endif
