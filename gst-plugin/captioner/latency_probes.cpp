// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/latency_probes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dali {
namespace {

// As plugins/tracers/gstlatency.c of GStreamer names them: of the way from a source to a sink, and
// through one element.
constexpr std::array<const char*, 2> kProbeNames = {"latency_probe.id", "sub_latency_probe.id"};

// Some minutes of two inputs: nobody takes them while a stream is silent.
constexpr std::size_t kMostProbes = 40000;

}  // namespace

void LatencyProbes::look_at(GstEvent* event, std::int64_t time_ns) {
  const bool is_probe = std::any_of(kProbeNames.begin(), kProbeNames.end(), [&](const char* name) {
    return gst_event_has_name(event, name);
  });
  if (!is_probe) return;
  const std::lock_guard lock(mutex_);
  if (probes_.size() == kMostProbes) probes_.clear();
  probes_.push_back({.kind = gst_structure_get_name_id(gst_event_get_structure(event)),
                     .time_ns = time_ns,
                     .event = EventHandle(gst_event_ref(event))});
}

std::vector<EventHandle> LatencyProbes::take_from(std::int64_t start_ns) {
  std::vector<EventHandle> taken;
  const std::lock_guard lock(mutex_);
  std::erase_if(probes_, [&](const Probe& probe) { return probe.time_ns < start_ns; });
  for (const char* name : kProbeNames) {
    const GQuark kind = g_quark_from_static_string(name);
    Probe* first = nullptr;
    for (Probe& probe : probes_) {
      if (probe.kind != kind || (first && probe.time_ns >= first->time_ns)) continue;
      first = &probe;
    }
    if (first) taken.push_back(std::move(first->event));
  }
  std::erase_if(probes_, [](const Probe& probe) { return !probe.event; });
  return taken;
}

void LatencyProbes::forget() {
  const std::lock_guard lock(mutex_);
  probes_.clear();
}

}  // namespace dali
