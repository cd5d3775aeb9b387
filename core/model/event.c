#include "hoptrace/event.h"

const char *ht_event_name(enum ht_event_kind kind)
{
    static const char *const names[HT_EVENT_KINDS] = {
        [HT_EVENT_PATH_CHANGED] = "path_changed",
        [HT_EVENT_ADDRESS_CHANGED] = "address_changed",
    };
    return kind < HT_EVENT_KINDS ? names[kind] : "";
}

const char *ht_severity_name(enum ht_severity severity)
{
    static const char *const names[] = {"okay", "warning", "failure"};
    return severity <= HT_SEVERITY_FAILURE ? names[severity] : "";
}
