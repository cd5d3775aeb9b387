/* What is asked of the names of targets, by every front end. */
#ifndef HT_CONFIG_NAMES_H
#define HT_CONFIG_NAMES_H

#include <stdbool.h>

#include "hoptrace/error.h"

/* Longest host name of the DNS. */
#define HT_HOST_MAX 253

/* HT_OK or HT_ERR_INVALID with what is wrong with a target's name or host by itself: its length
 * in bytes, control characters, text that is not UTF-8 (no output could show it); of a host also
 * that it is an address which no single host has, or a URL, a network (CIDR), a host with a port
 * or an address in brackets, which no name server knows. The text does not repeat the name: the
 * caller puts that, and the place, before it. */
int ht_target_name_check(const char *name, struct ht_error *error);
int ht_target_host_check(const char *host, struct ht_error *error);

/* Order of names as collectd will see them, that is once '/' became '_': <0, 0, >0. */
int ht_target_names_compare(const char *a, const char *b);

/* True if the two names are the same once '/' became '_', as collectd will see them. */
bool ht_target_names_clash(const char *a, const char *b);

/* UTF-8 in its shortest form, without surrogates. */
bool ht_text_is_utf8(const char *text);

/* Replaces control characters, and in text that is not UTF-8 all that is not ASCII, so that what a
 * stranger wrote cannot break or forge a line. */
void ht_line_clean(char *line);

#endif
