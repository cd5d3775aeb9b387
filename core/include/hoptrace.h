/* libhoptrace: measures network paths.
 *
 * Two ways in. The blocking call measures one target and returns its report:
 *
 *     struct ht_target target = {.host = "192.0.2.7"};
 *     ht_settings_init(&target.settings);
 *     struct ht_report *report;
 *     struct ht_error error;
 *     if (ht_trace(&target, &report, &error) == HT_OK) { ...; ht_report_free(report); }
 *
 * The engine measures any number of targets in one thread, inside the caller's event loop:
 * ht_engine_new, ht_engine_add for each target, ht_engine_open, then ht_engine_dispatch whenever
 * the descriptor of ht_engine_fd is readable, until ht_engine_idle.
 *
 * Structs that a program makes may become longer in later versions of the library, and the program
 * runs with those as it is: the size of its structs comes along, in the settings and as an argument
 * that the functions of these headers add (those that end with _sized take it from bindings to
 * other languages). A program that was compiled with a newer version runs with an older library as
 * long as it sets nothing that the older one does not know, else HT_ERR_INVALID says so.
 *
 * The library starts no thread but the one that writes a state file (ht_engine_options), for as
 * long as that takes and with all signals blocked in it. It installs no signal handler, prints
 * nothing, never exits. An engine may be used by one thread at a time; several engines do not
 * disturb each other. The library changes no capabilities: what a program's file only permits
 * (`setcap cap_net_raw+p`, as errors advise it for hoptrace, which does so), the program raises by
 * itself. Raw sockets need CAP_NET_RAW while ht_engine_open runs, not afterwards, unless a target
 * that is added later is of a family that none was of, or the only one for TCP. Targets with a mark
 * (fwmark) need it (before Linux 5.17: CAP_NET_ADMIN) whenever a packet is sent. */
#ifndef HT_HOPTRACE_H
#define HT_HOPTRACE_H

#include "hoptrace/address.h"
#include "hoptrace/engine.h"
#include "hoptrace/error.h"
#include "hoptrace/event.h"
#include "hoptrace/export.h"
#include "hoptrace/health.h"
#include "hoptrace/names.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"
#include "hoptrace/trace.h"
#include "hoptrace/version.h"

#endif
