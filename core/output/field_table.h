/* The rows of the table of fields, by their names in influx lines: there alone the order is that of
 * the alphabet, and influx.c writes the rows as straight code. What influx lines do not have stands
 * behind. A new fact is a row. Included by influx.c and fields.c. */
#ifndef HT_OUTPUT_FIELD_TABLE_H
#define HT_OUTPUT_FIELD_TABLE_H

#include "output/fields.h"

#define HT_REPORT_FIELD(member)                                                                    \
    .scope = HT_FIELD_OF_REPORT, .offset = offsetof(struct ht_report, member)
#define HT_WINDOW_FIELD(member)                                                                    \
    .scope = HT_FIELD_OF_WINDOW, .offset = offsetof(struct ht_report_window, member)
#define HT_HOP_FIELD(member) .scope = HT_FIELD_OF_HOP, .offset = offsetof(struct ht_hop, member)
#define HT_EVENT_FIELD(member)                                                                     \
    .scope = HT_FIELD_OF_EVENT, .offset = offsetof(struct ht_event, member)
#define HT_FLOW_FIELD(member)                                                                      \
    .scope = HT_FIELD_OF_FLOW, .offset = offsetof(struct ht_flow_result, member)
#define HT_LINK_FIELD(member)                                                                      \
    .scope = HT_FIELD_OF_LINK, .offset = offsetof(struct ht_node_link, member)
#define HT_MULTIPATH_FIELD(member)                                                                 \
    .scope = HT_FIELD_OF_MULTIPATH, .offset = offsetof(struct ht_multipath, member)
#define HT_BALANCER_FIELD(member)                                                                  \
    .scope = HT_FIELD_OF_BALANCER, .offset = offsetof(struct ht_balancer, member)
#define HT_MARKING_FIELD(member)                                                                   \
    .scope = HT_FIELD_OF_MARKING, .offset = offsetof(struct ht_marking, member)
#define HT_TRANSLATOR_FIELD(member)                                                                \
    .scope = HT_FIELD_OF_TRANSLATOR, .offset = offsetof(struct ht_translator, member)
#define HT_MTU_FIELD(member) .scope = HT_FIELD_OF_MTU, .offset = offsetof(struct ht_mtu, member)
#define HT_MTU_LIMIT_FIELD(member)                                                                 \
    .scope = HT_FIELD_OF_MTU_LIMIT, .offset = offsetof(struct ht_mtu_limit, member)
#define HT_INTERFACE_FIELD(member)                                                                 \
    .scope = HT_FIELD_OF_INTERFACE, .offset = offsetof(struct ht_interface, member)
#define HT_NUMBERS(owner, member)       .type = HT_FIELD_NUMBERS, .count = offsetof(struct owner, member)
#define HT_FLAG_OF(owner, member)       .known = offsetof(struct owner, member)
#define HT_NODE_FIELD(member)           .scope = HT_FIELD_OF_NODE, .offset = offsetof(struct ht_node, member)
#define HT_ZONE(owner, member)          .type = HT_FIELD_ADDRESS, .zone = offsetof(struct owner, member)
#define HT_WORD(function)               .type = HT_FIELD_WORD, .word = (function)
#define HT_FLAG(column, member)         .column = offsetof(struct ht_report, member)
#define HT_WINDOW_FLAG(column, member)  .column = offsetof(struct ht_report_window, member)
#define HT_INFLUX(name)                 .influx = {"," name "=", sizeof("," name "=") - 1}
#define HT_JSON(number, key)            .json = {(number), (key)}
#define HT_METRIC(number, called, said) .metric = {(number), "hoptrace_" called, said, false}
#define HT_COUNTER(number, called, said)                                                           \
    .metric = {(number), "hoptrace_" called "_total", said, true}

static const struct ht_field ht_report_fields[] = {
    {HT_REPORT_FIELD(address), HT_ZONE(ht_report, address_zone), HT_INFLUX("address"),
     HT_JSON(4, "address")},
    {HT_REPORT_FIELD(duration_ns), .type = HT_FIELD_NS, HT_INFLUX("duration_ms"),
     HT_JSON(11, "duration_ms"),
     HT_METRIC(5, "duration_seconds", "How long the measurement took.")},
    {HT_REPORT_FIELD(error), .type = HT_FIELD_STRING, HT_INFLUX("error"), HT_JSON(14, "error")},
    {HT_MULTIPATH_FIELD(flows), .type = HT_FIELD_UINT16, HT_INFLUX("flows"), HT_JSON(1, "flows")},
    {HT_REPORT_FIELD(forged), .type = HT_FIELD_UINT32, HT_INFLUX("forged"), HT_JSON(21, "forged")},
    {HT_REPORT_FIELD(hop_count), .type = HT_FIELD_UINT8, HT_FLAG(unfinished, path_unknown),
     HT_INFLUX("hops"), HT_JSON(15, "hop_count"),
     HT_METRIC(3, "hops",
               "Length of the path: the destination's ttl, else the last that answered.")},
    {HT_REPORT_FIELD(rtt.jitter_ms), .type = HT_FIELD_MS, HT_INFLUX("jitter_ms")},
    {HT_REPORT_FIELD(local_errors), .type = HT_FIELD_UINT32, HT_INFLUX("local_errors"),
     HT_JSON(19, "local_errors")},
    {HT_WINDOW_FIELD(loss_after_hop), .type = HT_FIELD_UINT8, HT_WINDOW_FLAG(known, has_loss_place),
     HT_INFLUX("loss_after_hop"), HT_JSON(7, "loss_after_hop"),
     HT_METRIC(13, "loss_after_hop",
               "The last hop before the place where loss begins; 0: this host.")},
    {HT_WINDOW_FIELD(loss_by_hop), .type = HT_FIELD_UINT8, HT_WINDOW_FLAG(known, has_loss_place),
     HT_INFLUX("loss_by_hop"), HT_JSON(8, "loss_by_hop"),
     HT_METRIC(14, "loss_by_hop", "The first hop behind the place where loss begins.")},
    {HT_REPORT_FIELD(loss_percent), .type = HT_FIELD_PERCENT, HT_INFLUX("loss_percent"),
     HT_JSON(23, "loss_percent"),
     HT_METRIC(8, "loss_ratio", "Lost share of the probes to the destination, 0 to 1.")},
    {HT_WINDOW_FIELD(loss_significant), .type = HT_FIELD_FLAG, HT_INFLUX("loss_significant"),
     HT_JSON(6, "loss_significant"),
     HT_METRIC(12, "loss_significant",
               "Whether the last rounds lost more than the warning allows (1) or not (0).")},
    {HT_MULTIPATH_FIELD(lossy_flows), .type = HT_FIELD_UINT16, HT_INFLUX("lossy_flows"),
     HT_JSON(6, "lossy_flows"),
     HT_METRIC(20, "lossy_flows", "Flows that pass a node which loses more than others.")},
    {HT_MULTIPATH_FIELD(lossy_node), HT_ZONE(ht_multipath, lossy_node_zone),
     HT_INFLUX("lossy_node"), HT_JSON(7, "lossy_node")},
    {HT_REPORT_FIELD(marking), .type = HT_FIELD_MARKING_HOP, HT_INFLUX("marking_hop")},
    {HT_REPORT_FIELD(mtu), .type = HT_FIELD_MTU_HOP, HT_INFLUX("mtu_hop")},
    {HT_REPORT_FIELD(path_changes), .type = HT_FIELD_UINT32, HT_FLAG(known, remembered),
     HT_INFLUX("path_changes"), HT_JSON(25, "path_changes"),
     HT_COUNTER(10, "path_changes", "Changes of the path as long as it is remembered.")},
    {HT_REPORT_FIELD(path_id), .type = HT_FIELD_UINT32, HT_FLAG(known, has_path_id),
     HT_INFLUX("path_hash"),
     HT_METRIC(4, "path_id", "Hash over the path's addresses: another value is another path.")},
    {HT_REPORT_FIELD(path_id), .type = HT_FIELD_HEX, HT_FLAG(known, has_path_id),
     HT_INFLUX("path_id"), HT_JSON(16, "path_id")},
    {HT_MTU_FIELD(path), .type = HT_FIELD_UINT16, HT_INFLUX("path_mtu"), HT_JSON(1, "path"),
     HT_METRIC(21, "path_mtu_bytes", "Bytes of the largest packet that reaches the target.")},
    {HT_REPORT_FIELD(status), .type = HT_FIELD_REACHED, HT_FLAG(unfinished, reached_unknown),
     HT_INFLUX("reached")},
    {HT_REPORT_FIELD(status), .type = HT_FIELD_REACHED_VALUE, HT_FLAG(unfinished, reached_unknown),
     HT_INFLUX("reached_value"),
     HT_METRIC(1, "reached", "Whether the destination answered (1) or not (0).")},
    {HT_REPORT_FIELD(received), .type = HT_FIELD_UINT32, HT_INFLUX("received"),
     HT_JSON(18, "received"),
     HT_METRIC(7, "probes_received", "Replies that came in time, at most one a probe.")},
    {HT_REPORT_FIELD(status), .type = HT_FIELD_ENUM, HT_INFLUX("result_code"),
     HT_METRIC(
         2, "result_code",
         "Outcome: 0 reached, 1 incomplete, 2 unreachable, 3 resolve error, 4 permission error, "
         "5 error.")},
    {HT_WINDOW_FIELD(rtt_after_hop), .type = HT_FIELD_UINT8, HT_WINDOW_FLAG(known, has_rtt_place),
     HT_INFLUX("rtt_after_hop"), HT_JSON(10, "rtt_after_hop")},
    {HT_REPORT_FIELD(rtt.avg_ms), .type = HT_FIELD_MS, HT_INFLUX("rtt_avg_ms")},
    {HT_WINDOW_FIELD(rtt_by_hop), .type = HT_FIELD_UINT8, HT_WINDOW_FLAG(known, has_rtt_place),
     HT_INFLUX("rtt_by_hop"), HT_JSON(11, "rtt_by_hop")},
    {HT_REPORT_FIELD(rtt.max_ms), .type = HT_FIELD_MS, HT_INFLUX("rtt_max_ms")},
    {HT_REPORT_FIELD(rtt.median_ms), .type = HT_FIELD_MS, HT_INFLUX("rtt_median_ms")},
    {HT_REPORT_FIELD(rtt.min_ms), .type = HT_FIELD_MS, HT_INFLUX("rtt_min_ms")},
    {HT_REPORT_FIELD(rtt.p95_ms), .type = HT_FIELD_MS, HT_INFLUX("rtt_p95_ms")},
    {HT_WINDOW_FIELD(rtt_risen), .type = HT_FIELD_FLAG, HT_INFLUX("rtt_risen"),
     HT_JSON(9, "rtt_risen"),
     HT_METRIC(15, "rtt_risen", "Whether the time is above the usual one (1) or not (0).")},
    {HT_REPORT_FIELD(rtt.stddev_ms), .type = HT_FIELD_MS, HT_INFLUX("rtt_stddev_ms")},
    {HT_REPORT_FIELD(sent), .type = HT_FIELD_UINT32, HT_INFLUX("sent"), HT_JSON(17, "sent"),
     HT_METRIC(6, "probes_sent", "Probes that left this host.")},
    {.scope = HT_FIELD_OF_REPORT,
     HT_WORD(ht_field_status),
     HT_INFLUX("status"),
     HT_JSON(12, "status")},
    {.scope = HT_FIELD_OF_REPORT,
     HT_WORD(ht_field_stop_reason),
     HT_INFLUX("stop_reason"),
     HT_JSON(13, "stop_reason")},

    {HT_MULTIPATH_FIELD(width), .type = HT_FIELD_UINT16, HT_INFLUX("width"), HT_JSON(3, "width"),
     HT_METRIC(19, "width", "Most routers of one hop that the flows pass.")},
    {HT_WINDOW_FIELD(loss_percent), .type = HT_FIELD_PERCENT, HT_INFLUX("window_loss_percent"),
     HT_JSON(4, "loss_percent")},

    {.scope = HT_FIELD_OF_REPORT, HT_WORD(ht_field_schema), HT_JSON(1, "schema")},
    {.scope = HT_FIELD_OF_REPORT, HT_WORD(ht_field_name), HT_JSON(2, "target")},
    {HT_REPORT_FIELD(host), .type = HT_FIELD_STRING, HT_JSON(3, "host")},
    {HT_REPORT_FIELD(source), HT_ZONE(ht_report, source_zone), HT_JSON(5, "source")},
    {.scope = HT_FIELD_OF_REPORT, HT_WORD(ht_field_family), HT_JSON(6, "family")},
    {.scope = HT_FIELD_OF_REPORT, HT_WORD(ht_field_protocol), HT_JSON(7, "protocol")},
    {HT_REPORT_FIELD(port), .type = HT_FIELD_UINT16, .zero_is_none = true, HT_JSON(8, "port")},
    {HT_REPORT_FIELD(tags), .type = HT_FIELD_TAGS, HT_JSON(9, "tags")},
    {HT_REPORT_FIELD(time_ns), .type = HT_FIELD_TIME, HT_JSON(10, "time"),
     HT_METRIC(24, "last_round_timestamp_seconds", "When the last round began, since 1970.")},
    {HT_REPORT_FIELD(rx_overflows), .type = HT_FIELD_UINT32, HT_JSON(20, "rx_overflows")},
    {.scope = HT_FIELD_OF_REPORT, HT_WORD(ht_field_time_source), HT_JSON(22, "time_source")},
    {HT_REPORT_FIELD(rtt), .type = HT_FIELD_RTT, HT_JSON(24, "rtt_ms"),
     HT_METRIC(9, "rtt_seconds", "Round-trip time to the destination.")},
    {HT_REPORT_FIELD(path_since_ns), .type = HT_FIELD_TIME, HT_FLAG(known, remembered),
     HT_JSON(26, "path_since")},
    {HT_REPORT_FIELD(window), .type = HT_FIELD_WINDOW, HT_JSON(27, "window")},
    {HT_REPORT_FIELD(flows), .type = HT_FIELD_FLOWS, HT_JSON(28, "flows")},
    {HT_REPORT_FIELD(links), .type = HT_FIELD_LINKS, HT_JSON(29, "links")},
    {HT_REPORT_FIELD(multipath), .type = HT_FIELD_MULTIPATH, HT_JSON(30, "multipath")},
    {.scope = HT_FIELD_OF_REPORT, HT_WORD(ht_field_sockets), HT_JSON(31, "sockets")},
    {HT_REPORT_FIELD(mtu), .type = HT_FIELD_MTU, HT_JSON(32, "mtu")},
    {HT_MTU_FIELD(limits), .type = HT_FIELD_MTU_LIMITS, HT_JSON(2, "limits")},
    {HT_REPORT_FIELD(hops), .type = HT_FIELD_HOPS, HT_JSON(36, "hops")},
    {HT_REPORT_FIELD(as_path), .type = HT_FIELD_LARGE_NUMBERS,
     .count = offsetof(struct ht_report, as_path_count), HT_JSON(33, "as_path")},
    {HT_REPORT_FIELD(marking), .type = HT_FIELD_MARKINGS, HT_JSON(34, "marking")},
    {HT_REPORT_FIELD(translators), .type = HT_FIELD_TRANSLATORS, HT_JSON(35, "translators")},
    {HT_MULTIPATH_FIELD(paths), .type = HT_FIELD_UINT16, HT_JSON(2, "paths")},
    {HT_MULTIPATH_FIELD(complete), .type = HT_FIELD_BOOLEAN, HT_FLAG_OF(ht_multipath, has_proof),
     HT_JSON(4, "complete")},
    {HT_MULTIPATH_FIELD(confidence), .type = HT_FIELD_PERCENT, HT_JSON(5, "confidence")},
    {HT_MULTIPATH_FIELD(lossy_after), HT_ZONE(ht_multipath, lossy_after_zone),
     HT_JSON(8, "lossy_after")},
    {HT_MULTIPATH_FIELD(balancers), .type = HT_FIELD_BALANCERS, HT_JSON(9, "balancers")},
    {HT_WINDOW_FIELD(rounds), .type = HT_FIELD_UINT16, HT_JSON(1, "rounds")},
    {HT_WINDOW_FIELD(sent), .type = HT_FIELD_UINT32, HT_JSON(2, "sent")},
    {HT_WINDOW_FIELD(received), .type = HT_FIELD_UINT32, HT_JSON(3, "received")},
    {HT_WINDOW_FIELD(rtt), .type = HT_FIELD_RTT, HT_JSON(5, "rtt_ms")},
    {HT_REPORT_FIELD(event_counts), .type = HT_FIELD_EVENT_COUNTS, HT_FLAG(known, remembered),
     HT_COUNTER(11, "events", "Events of each kind as long as the target is remembered.")},
};

/* Of every event; behind them stands what its kind tells. */
static const struct ht_field ht_event_fields_of_all[] = {
    {.scope = HT_FIELD_OF_EVENT, HT_WORD(ht_field_event_schema), HT_JSON(1, "schema")},
    {.scope = HT_FIELD_OF_EVENT, HT_WORD(ht_field_event), HT_JSON(2, "event")},
    {.scope = HT_FIELD_OF_EVENT,
     HT_WORD(ht_field_severity),
     HT_INFLUX("severity"),
     HT_JSON(3, "severity")},
    {HT_EVENT_FIELD(message), .type = HT_FIELD_MESSAGE, HT_INFLUX("message"),
     HT_JSON(4, "message")},
    {.scope = HT_FIELD_OF_EVENT, HT_WORD(ht_field_event_name), HT_JSON(5, "target")},
    {HT_EVENT_FIELD(host), .type = HT_FIELD_STRING, HT_JSON(6, "host")},
    {HT_EVENT_FIELD(address), HT_ZONE(ht_event, address_zone), HT_JSON(7, "address")},
    {.scope = HT_FIELD_OF_EVENT, HT_WORD(ht_field_event_family), HT_JSON(8, "family")},
    {.scope = HT_FIELD_OF_EVENT, HT_WORD(ht_field_event_protocol), HT_JSON(9, "protocol")},
    {HT_EVENT_FIELD(port), .type = HT_FIELD_UINT16, .zero_is_none = true, HT_JSON(10, "port")},
    {HT_EVENT_FIELD(tags), .type = HT_FIELD_TAGS, HT_JSON(11, "tags")},
    {HT_EVENT_FIELD(time_ns), .type = HT_FIELD_TIME, HT_JSON(12, "time")},
    {HT_EVENT_FIELD(flow), .type = HT_FIELD_UINT16, HT_JSON(13, "flow")},
};

/* Of a hop and of its nodes. */
static const struct ht_field ht_hop_fields[] = {
    {HT_NODE_FIELD(facts.address), HT_ZONE(ht_node, zone), HT_INFLUX("address"),
     HT_JSON(1, "address")},
    {HT_HOP_FIELD(node_count), .type = HT_FIELD_SIZE, .zero_is_none = true, HT_INFLUX("addresses")},
    {HT_NODE_FIELD(asn), .type = HT_FIELD_UINT32, .zero_is_none = true, HT_INFLUX("asn"),
     HT_JSON(17, "asn")},
    {.scope = HT_FIELD_OF_NODE, .type = HT_FIELD_DESTINATION, HT_INFLUX("destination")},
    {HT_NODE_FIELD(hostname), .type = HT_FIELD_STRING, HT_INFLUX("hostname"),
     HT_JSON(2, "hostname")},
    {.scope = HT_FIELD_OF_NODE,
     .type = HT_FIELD_INTERFACE,
     HT_INFLUX("interface"),
     HT_JSON(15, "interface")},
    {HT_HOP_FIELD(rtt.jitter_ms), .type = HT_FIELD_MS, HT_INFLUX("jitter_ms")},
    {HT_HOP_FIELD(loss_percent), .type = HT_FIELD_PERCENT, HT_INFLUX("loss_percent"),
     HT_JSON(5, "loss_percent"),
     HT_METRIC(16, "hop_loss_ratio", "Lost share of the probes to this hop, 0 to 1.")},
    {.scope = HT_FIELD_OF_NODE, .type = HT_FIELD_MPLS, HT_INFLUX("mpls"), HT_JSON(8, "mpls")},
    {HT_HOP_FIELD(path_loss_percent), .type = HT_FIELD_PERCENT, HT_FLAG(known, remembered),
     HT_INFLUX("path_loss_percent"), HT_JSON(8, "path_loss_percent"),
     HT_METRIC(17, "hop_path_loss_ratio",
               "Loss up to this hop that goes on to the destination, 0 to 1.")},
    {HT_NODE_FIELD(facts.quoted_tos), .type = HT_FIELD_QUOTED, HT_INFLUX("quoted_tos"),
     HT_JSON(12, "quoted_tos")},
    {HT_HOP_FIELD(rate_limit_pps), .type = HT_FIELD_RATE, HT_FLAG(known, remembered),
     HT_INFLUX("rate_limit_pps"), HT_JSON(10, "rate_limit_pps")},
    {HT_HOP_FIELD(received), .type = HT_FIELD_UINT32, HT_INFLUX("received"),
     HT_JSON(3, "received")},
    {HT_NODE_FIELD(facts.reply_hops), .type = HT_FIELD_UINT8, .zero_is_none = true,
     HT_INFLUX("reply_hops"), HT_JSON(14, "reply_hops")},
    {HT_HOP_FIELD(rtt), .type = HT_FIELD_RTT, HT_INFLUX("rtt"), HT_JSON(6, "rtt_ms"),
     HT_METRIC(18, "hop_rtt_seconds", "Round-trip time to this hop.")},
    {HT_HOP_FIELD(sent), .type = HT_FIELD_UINT32, HT_INFLUX("sent"), HT_JSON(2, "sent")},
    {HT_HOP_FIELD(ttl), .type = HT_FIELD_UINT8, HT_INFLUX("ttl"), HT_JSON(1, "ttl")},

    {HT_HOP_FIELD(nodes), .type = HT_FIELD_HOP_INFO,
     HT_METRIC(25, "hop_info", "Who answers at a hop, as labels; always 1.")},
    {HT_HOP_FIELD(shared), .type = HT_FIELD_BOOLEAN, HT_JSON(4, "shared")},
    {HT_HOP_FIELD(other_received), .type = HT_FIELD_UINT32, HT_JSON(7, "other_received")},
    {HT_HOP_FIELD(window_loss_percent), .type = HT_FIELD_PERCENT, HT_FLAG(known, remembered),
     HT_JSON(9, "window_loss_percent")},
    {HT_HOP_FIELD(nodes), .type = HT_FIELD_NODES, HT_JSON(11, "nodes")},
    {HT_NODE_FIELD(facts.received), .type = HT_FIELD_UINT16, HT_JSON(3, "received")},
    {HT_NODE_FIELD(rtt), .type = HT_FIELD_RTT, HT_JSON(4, "rtt_ms")},
    {HT_NODE_FIELD(facts.icmp_type), .type = HT_FIELD_ICMP, HT_JSON(5, "icmp_type")},
    {HT_NODE_FIELD(facts.icmp_code), .type = HT_FIELD_ICMP, HT_JSON(6, "icmp_code")},
    {HT_NODE_FIELD(facts.reply_ttl), .type = HT_FIELD_UINT8, .zero_is_none = true,
     HT_JSON(7, "reply_ttl")},
    {HT_NODE_FIELD(flows), HT_NUMBERS(ht_node, flow_count), HT_JSON(9, "flows")},
    {HT_NODE_FIELD(flows_sent), .type = HT_FIELD_UINT32, .zero_is_none = true, HT_JSON(10, "sent")},
    {HT_NODE_FIELD(loss_percent), .type = HT_FIELD_PERCENT, HT_JSON(11, "loss_percent")},
    {.scope = HT_FIELD_OF_NODE, .type = HT_FIELD_INTERFACES, HT_JSON(16, "interfaces")},
    {HT_NODE_FIELD(as_name), .type = HT_FIELD_STRING, HT_JSON(18, "as_name")},
    {HT_NODE_FIELD(facts.quoted_ttl), .type = HT_FIELD_QUOTED, HT_JSON(13, "quoted_ttl")},
};

/* Of each flow, link and balancer; and, by their names in influx lines, of a flow's line. */
static const struct ht_field ht_flow_fields[] = {
    {HT_FLOW_FIELD(hop_count), .type = HT_FIELD_UINT8, HT_INFLUX("hops"), HT_JSON(4, "hop_count")},
    {HT_FLOW_FIELD(rtt.jitter_ms), .type = HT_FIELD_MS, HT_INFLUX("jitter_ms")},
    {HT_FLOW_FIELD(loss_percent), .type = HT_FIELD_PERCENT, HT_INFLUX("loss_percent"),
     HT_JSON(8, "loss_percent"),
     HT_METRIC(22, "flow_loss_ratio", "Lost share of a flow's probes to the destination, 0 to 1.")},
    {HT_FLOW_FIELD(path_id), .type = HT_FIELD_UINT32, HT_FLAG_OF(ht_flow_result, has_path_id),
     HT_INFLUX("path_hash")},
    {HT_FLOW_FIELD(path_id), .type = HT_FIELD_HEX, HT_FLAG_OF(ht_flow_result, has_path_id),
     HT_INFLUX("path_id"), HT_JSON(5, "path_id")},
    {HT_FLOW_FIELD(received), .type = HT_FIELD_UINT32, HT_INFLUX("received"),
     HT_JSON(7, "received")},
    {HT_FLOW_FIELD(rtt), .type = HT_FIELD_RTT, HT_INFLUX("rtt"), HT_JSON(9, "rtt_ms"),
     HT_METRIC(23, "flow_rtt_seconds", "Round-trip time of a flow to the destination.")},
    {HT_FLOW_FIELD(sent), .type = HT_FIELD_UINT32, HT_INFLUX("sent"), HT_JSON(6, "sent")},
    {HT_FLOW_FIELD(source_port), .type = HT_FIELD_UINT16, .zero_is_none = true,
     HT_INFLUX("source_port"), HT_JSON(2, "source_port")},
    {.scope = HT_FIELD_OF_FLOW,
     HT_WORD(ht_field_flow_status),
     HT_INFLUX("status"),
     HT_JSON(3, "status")},

    {HT_FLOW_FIELD(flow), .type = HT_FIELD_UINT16, HT_JSON(1, "flow")},
    {HT_LINK_FIELD(ttl), .type = HT_FIELD_UINT8, HT_JSON(1, "ttl")},
    {HT_LINK_FIELD(from), HT_ZONE(ht_node_link, from_zone), HT_JSON(2, "from")},
    {HT_LINK_FIELD(to), HT_ZONE(ht_node_link, to_zone), HT_JSON(3, "to")},
    {HT_LINK_FIELD(flows), HT_NUMBERS(ht_node_link, flow_count), HT_JSON(4, "flows")},
    {HT_BALANCER_FIELD(ttl), .type = HT_FIELD_UINT8, HT_JSON(1, "ttl")},
    {HT_BALANCER_FIELD(width), .type = HT_FIELD_UINT16, HT_JSON(2, "width")},
    {.scope = HT_FIELD_OF_BALANCER, HT_WORD(ht_field_balanced_by), HT_JSON(3, "by")},
};

/* Of what the network does to packets: in JSON alone. */
static const struct ht_field ht_packet_fields[] = {
    {HT_MARKING_FIELD(ttl), .type = HT_FIELD_UINT8, HT_JSON(1, "ttl")},
    {HT_MARKING_FIELD(after_ttl), .type = HT_FIELD_UINT8, HT_JSON(2, "after")},
    {HT_MARKING_FIELD(from), .type = HT_FIELD_UINT8, HT_JSON(3, "from")},
    {HT_MARKING_FIELD(to), .type = HT_FIELD_UINT8, HT_JSON(4, "to")},
    {.scope = HT_FIELD_OF_MARKING,
     .type = HT_FIELD_WORDS,
     .words = ht_field_marking_part,
     HT_JSON(5, "what")},
    {HT_TRANSLATOR_FIELD(ttl), .type = HT_FIELD_UINT8, HT_JSON(1, "ttl")},
    {.scope = HT_FIELD_OF_TRANSLATOR,
     .type = HT_FIELD_WORDS,
     .words = ht_field_translated,
     HT_JSON(2, "what")},
    {HT_MTU_LIMIT_FIELD(ttl), .type = HT_FIELD_UINT8, HT_JSON(1, "ttl")},
    {HT_MTU_LIMIT_FIELD(address), .type = HT_FIELD_ADDRESS, HT_JSON(2, "address")},
    {HT_MTU_LIMIT_FIELD(mtu), .type = HT_FIELD_UINT16, HT_JSON(3, "mtu")},
    {HT_MTU_LIMIT_FIELD(silent), .type = HT_FIELD_BOOLEAN, HT_JSON(4, "silent")},
    {.scope = HT_FIELD_OF_INTERFACE, HT_WORD(ht_field_interface_role), HT_JSON(1, "role")},
    {HT_INTERFACE_FIELD(index), .type = HT_FIELD_UINT32, .zero_is_none = true, HT_JSON(2, "index")},
    {HT_INTERFACE_FIELD(name), .type = HT_FIELD_NAME, HT_JSON(3, "name")},
    {HT_INTERFACE_FIELD(address), .type = HT_FIELD_ADDRESS, HT_JSON(4, "address")},
    {HT_INTERFACE_FIELD(mtu), .type = HT_FIELD_UINT32, .zero_is_none = true, HT_JSON(5, "mtu")},
};

static const struct ht_stat ht_stats[] = {
    {.offset = offsetof(struct ht_rtt, avg_ms),
     HT_INFLUX("rtt_avg_ms"),
     HT_JSON(2, "avg"),
     .in_metric = true},
    {.offset = offsetof(struct ht_rtt, jitter_ms), HT_JSON(7, "jitter")},
    {.offset = offsetof(struct ht_rtt, max_ms),
     HT_INFLUX("rtt_max_ms"),
     HT_JSON(3, "max"),
     .in_metric = true},
    {.offset = offsetof(struct ht_rtt, median_ms),
     HT_INFLUX("rtt_median_ms"),
     HT_JSON(5, "median"),
     .in_metric = true},
    {.offset = offsetof(struct ht_rtt, min_ms),
     HT_INFLUX("rtt_min_ms"),
     HT_JSON(1, "min"),
     .in_metric = true},
    {.offset = offsetof(struct ht_rtt, p95_ms),
     HT_INFLUX("rtt_p95_ms"),
     HT_JSON(6, "p95"),
     .in_metric = true},
    {.offset = offsetof(struct ht_rtt, stddev_ms),
     HT_INFLUX("rtt_stddev_ms"),
     HT_JSON(4, "stddev"),
     .in_metric = true},
};

#define HT_REPORT_FIELDS (sizeof ht_report_fields / sizeof ht_report_fields[0])
#define HT_EVENT_FIELDS  (sizeof ht_event_fields_of_all / sizeof ht_event_fields_of_all[0])
#define HT_HOP_FIELDS    (sizeof ht_hop_fields / sizeof ht_hop_fields[0])
#define HT_FLOW_FIELDS   (sizeof ht_flow_fields / sizeof ht_flow_fields[0])
#define HT_PACKET_FIELDS (sizeof ht_packet_fields / sizeof ht_packet_fields[0])
#define HT_STATS         (sizeof ht_stats / sizeof ht_stats[0])

#endif
