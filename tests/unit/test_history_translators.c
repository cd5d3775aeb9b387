/* Which hop rewrites which field first. */
#include "history/translators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* Per hop, one word a ttl: fields as digits of enum ht_quoted_field, those before "!" as they left,
 * those behind rewritten; "-": nothing. */
static size_t read_hops(const char *text, struct ht_quoted_hop hops[static UINT8_MAX])
{
    size_t count = 1;
    bool modified = false;
    memset(hops, 0, UINT8_MAX * sizeof hops[0]);
    for (; *text != '\0'; text++) {
        struct ht_quoted_hop *hop = &hops[count - 1];
        if (*text == ' ') {
            count++;
            modified = false;
        } else if (*text == '!') {
            modified = true;
        } else if (*text != '-') {
            *(modified ? &hop->modified : &hop->same) |= (uint8_t)(1U << (*text - '0'));
        }
    }
    return count;
}

static void the_first_hop_is_told(void)
{
    static const struct {
        const char *hops;
        const char *translators; /* "ttl:bits " in hexadecimal */
    } table[] = {
        {"-", ""},
        {"01 01 01", ""},
        {"01 1!0 1!0", "2:01 "},
        {"01 !01 !01", "2:03 "},
        {"01 1!0 !01", "2:01 3:02 "},
        {"01 - 1!0 -", "3:01 "},
        {"01 1!0 01", ""},           /* in its quotes only */
        {"01 1!0 - 1!0 1", "2:01 "}, /* the last one does not quote it */
        {"01 01!0 1!0", "3:01 "},    /* two routers at one ttl */
        {"!3 !3 !3", "1:08 "},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ht_quoted_hop hops[UINT8_MAX];
        struct ht_translator list[HT_QUOTED_FIELDS];
        char text[64] = "";
        size_t count = ht_translators_of(hops, read_hops(table[i].hops, hops), list);
        for (size_t k = 0; k < count; k++)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%u:%02x ",
                           (unsigned)list[k].ttl, (unsigned)list[k].what);
        CU_ASSERT_STRING_EQUAL(text, table[i].translators);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_first_hop_is_told),
};

UNIT_MAIN("history/translators", cases)
