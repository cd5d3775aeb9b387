#include "config/names.h"

#include <string.h>

#include "base/address.h"
#include "hoptrace/settings.h"

/* Length of the UTF-8 character at `bytes`, 0 if there is none (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *bytes)
{
    if (bytes[0] < 0x80)
        return 1;
    size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] > 0x9f) ||
        (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f))
        return 0;
    return length;
}

bool ht_text_is_utf8(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    while (*bytes != '\0') {
        size_t length = utf8_length(bytes);
        if (length == 0)
            return false;
        bytes += length;
    }
    return true;
}

static bool is_control(char c)
{
    return ((unsigned char)c < ' ' || c == 0x7f);
}

static int check_label(const char *text, size_t longest, struct ht_error *error)
{
    size_t length = strlen(text);
    if (length == 0)
        return ht_error_set(error, HT_ERR_INVALID, "must not be empty");
    if (length > longest)
        return ht_error_set(error, HT_ERR_INVALID, "must be at most %zu bytes long, not %zu",
                            longest, length);
    for (size_t i = 0; i < length; i++) {
        if (is_control(text[i]))
            return ht_error_set(error, HT_ERR_INVALID, "must not hold control characters");
    }
    if (!ht_text_is_utf8(text))
        return ht_error_set(error, HT_ERR_INVALID, "must be UTF-8");
    return HT_OK;
}

int ht_target_name_check(const char *name, struct ht_error *error)
{
    return check_label(name, HT_NAME_MAX, error);
}

/* "192.0.2.0/24", "2001:db8::/32", "10/8": a length or a mask behind an address, or some of it. */
static bool is_network(const char *host)
{
    char address[HT_ADDRESS_TEXT_MAX];
    size_t length = strcspn(host, "/");
    const char *behind = host + length + (host[length] == '/');
    if (length == 0 || length >= sizeof address || *behind == '\0' ||
        behind[strspn(behind, "0123456789.")] != '\0')
        return false;
    struct ht_address parsed;
    memcpy(address, host, length);
    address[length] = '\0';
    return ht_address_parse(address, &parsed) || strspn(address, "0123456789.") == length;
}

/* Something that people have at hand in a host's place, as the end of a sentence; NULL: it may be
 * one. It is no address. */
static const char *other_than_host(const char *host)
{
    const char *colon = strchr(host, ':');
    if (strstr(host, "://") != NULL)
        return "is a URL: a target is its host alone";
    if (is_network(host))
        return "is a network (CIDR): a target must be one host";
    if (host[0] == '[')
        return "is in brackets: an address stands without them, and a port is an option of its own";
    if (colon != NULL && colon != host && strchr(colon + 1, ':') == NULL)
        return "is a host with a port: a target is the host alone, a port is an option of its own";
    return NULL;
}

int ht_target_host_check(const char *host, struct ht_error *error)
{
    struct ht_address literal;
    const char *zone;
    int code = check_label(host, HT_HOST_MAX, error);
    if (code != HT_OK)
        return code;
    if (!ht_address_parse_zoned(host, &literal, &zone)) {
        const char *other = other_than_host(host);
        return other == NULL ? HT_OK : ht_error_set(error, HT_ERR_INVALID, "%s", other);
    }
    const char *unfit = ht_address_unfit(&literal);
    return unfit == NULL
               ? HT_OK
               : ht_error_set(error, HT_ERR_INVALID, "%s: a target must be one host", unfit);
}

static unsigned char as_collectd(char c)
{
    return (unsigned char)(c == '/' ? '_' : c);
}

int ht_target_names_compare(const char *a, const char *b)
{
    while (*a != '\0' && as_collectd(*a) == as_collectd(*b)) {
        a++;
        b++;
    }
    return as_collectd(*a) - as_collectd(*b);
}

bool ht_target_names_clash(const char *a, const char *b)
{
    return ht_target_names_compare(a, b) == 0;
}

void ht_line_clean(char *line)
{
    bool utf8 = ht_text_is_utf8(line);
    for (; *line != '\0'; line++) {
        if (is_control(*line) || (!utf8 && (unsigned char)*line >= 0x80))
            *line = '?';
    }
}
