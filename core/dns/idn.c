#include "dns/idn.h"

#include <stdbool.h>
#include <string.h>

#ifdef HT_WITH_IDN2
#include <idn2.h>
#endif

static bool is_ascii(const char *host)
{
    while (*host != '\0' && (unsigned char)*host < 0x80)
        host++;
    return *host == '\0';
}

#ifdef HT_WITH_IDN2

static const char *to_ascii(const char *host, char *ascii, struct ht_error *error)
{
    uint8_t *name = NULL;
    int status =
        idn2_lookup_u8((const uint8_t *)host, &name, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    size_t length = status == IDN2_OK ? strlen((const char *)name) : 0;
    if (status == IDN2_OK && length >= HT_IDN_MAX)
        status = IDN2_TOO_BIG_DOMAIN;
    if (status == IDN2_OK)
        memcpy(ascii, name, length + 1);
    else
        ht_error_set(error, status == IDN2_MALLOC ? HT_ERR_NOMEM : HT_ERR_RESOLVE,
                     "name lookup: %.100s: %s", host, idn2_strerror(status));
    idn2_free(name);
    return status == IDN2_OK ? ascii : NULL;
}

#else

static const char *to_ascii(const char *host, char *ascii, struct ht_error *error)
{
    (void)ascii;
    ht_error_set(
        error, HT_ERR_RESOLVE,
        "name lookup: %.100s: this build knows no names beyond ASCII (made without libidn2)", host);
    return NULL;
}

#endif

const char *ht_idn_lookup_name(const char *host, char *ascii, struct ht_error *error)
{
    return is_ascii(host) ? host : to_ascii(host, ascii, error);
}
