#include "state/mtu_text.h"

#include "base/address.h"
#include "state/fields.h"
#include "state/scan.h"

void ht_mtu_text_put(struct ht_text *text, const struct ht_path_mtu *mtu)
{
    char shown[HT_ADDRESS_TEXT_MAX];
    ht_text_puts(text, "{\"path\":");
    ht_state_put_number(text, mtu->path);
    ht_text_puts(text, ",\"limits\":[");
    for (uint8_t i = 0; i < mtu->limit_count; i++) {
        const struct ht_mtu_limit *limit = &mtu->limits[i];
        bool named = limit->address.version != HT_IP_NONE;
        ht_text_printf(text, "%s[%u,%u,%u,\"%s\"]", i > 0 ? "," : "", (unsigned)limit->ttl,
                       (unsigned)limit->mtu, (unsigned)limit->silent,
                       named ? ht_address_format(&limit->address, shown) : "");
    }
    ht_text_puts(text, "]}");
}

static struct ht_mtu_limit read_limit(struct ht_reader *in)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_mtu_limit limit = {.ttl = 0};
    ht_scan_exactly(in, "[");
    limit.ttl = (uint8_t)ht_scan_number(in, UINT8_MAX);
    ht_scan_exactly(in, ",");
    limit.mtu = (uint16_t)ht_scan_number(in, UINT16_MAX);
    ht_scan_exactly(in, ",");
    limit.silent = ht_scan_number(in, 1) != 0;
    ht_scan_exactly(in, ",");
    ht_scan_string(in, text, sizeof text);
    ht_scan_exactly(in, "]");
    if (text[0] != '\0' && !ht_address_parse(text, &limit.address))
        in->failed = true;
    return limit;
}

/* Limits are of falling MTU, and the last one is the path's. */
void ht_mtu_text_read(struct ht_reader *in, struct ht_path_mtu *mtu)
{
    uint16_t above = UINT16_MAX;
    ht_scan_exactly(in, "{\"path\":");
    mtu->path = (uint16_t)ht_scan_number(in, UINT16_MAX);
    ht_scan_exactly(in, ",\"limits\":[");
    for (bool first = true; ht_scan_next(in, &first, "]");) {
        struct ht_mtu_limit limit = read_limit(in);
        in->failed |=
            mtu->limit_count == HT_MTU_LIMITS_MAX || limit.mtu >= above || limit.mtu < mtu->path;
        if (in->failed)
            return;
        above = limit.mtu;
        mtu->limits[mtu->limit_count++] = limit;
    }
    ht_scan_exactly(in, "}");
    in->failed |= mtu->path == 0 || (mtu->limit_count > 0 && above != mtu->path);
}
