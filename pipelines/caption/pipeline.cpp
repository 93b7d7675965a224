// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/pipeline.h"

#include <array>
#include <string_view>

#include "model/base/one_line.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/program_log.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

struct FactoryHome {
  const char* factory;
  const char* where;  // completes "is missing: "
};

// Where the elements that nothing else replaces come from.
constexpr std::array<FactoryHome, 3> kHomes = {{
    {"dalicaptioner", "install gst-dali, or run inside `meson devenv -C build`"},
    {"uridecodebin", "install gstreamer1.0-plugins-base"},
    {"appsink", "install gstreamer1.0-plugins-base"},
}};

std::string missing_element(std::string_view factory) {
  std::string message = "the GStreamer element " + std::string(factory) + " is missing";
  for (const FactoryHome& home : kHomes) {
    if (factory == home.factory) message += ": " + std::string(home.where);
  }
  return message;
}

// What GStreamer says in these words alone may be anything: then the details for developers, which
// come last in `debug`, are worth reading.
bool is_vague(const GError* error) {
  return g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED) ||
         g_error_matches(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
}

// The message of an ERROR or WARNING, on one line.
std::string text_of(GstMessage* message, GQuark* domain) {
  g_autoptr(GError) error = nullptr;
  g_autofree gchar* debug = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, &debug);
  } else {
    gst_message_parse_warning(message, &error, &debug);
  }
  *domain = error->domain;
  std::string text = on_one_line(error->message);
  if (debug == nullptr || !is_vague(error)) return text;
  std::string_view details = g_strchomp(debug);
  const auto last_line = details.rfind('\n');
  if (last_line == std::string_view::npos) return text;  // the place in the source, and no more
  if (text.ends_with('.')) text.pop_back();
  return text + ": " + on_one_line(details.substr(last_line));
}

bool comes_from_captioner(GstMessage* message) {
  if (!GST_IS_ELEMENT(GST_MESSAGE_SRC(message))) return false;
  GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(GST_MESSAGE_SRC(message)));
  return factory != nullptr &&
         std::string_view(GST_OBJECT_NAME(factory)) == std::string_view("dalicaptioner");
}

// The host of a source that ended without saying why, as souphttpsrc of GStreamer 1.22 does
// whatever a server or the network denies it. Whoever fails behind the source says so before.
std::string host_of_silent_source(GstMessage* message) {
  GstObject* source = GST_MESSAGE_SRC(message);
  const bool is_source = GST_IS_ELEMENT(source) && GST_IS_URI_HANDLER(source) &&
                         GST_OBJECT_FLAG_IS_SET(source, GST_ELEMENT_FLAG_SOURCE);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  if (!is_source || !g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)) return {};
  g_autofree gchar* address = gst_uri_handler_get_uri(GST_URI_HANDLER(source));
  g_autoptr(GstUri) uri = address != nullptr ? gst_uri_from_string(address) : nullptr;
  const gchar* host = uri != nullptr ? gst_uri_get_host(uri) : nullptr;
  return host != nullptr ? host : "";
}

// A model that cannot be loaded fails for every medium alike; a stream that fails does not.
[[noreturn]] void throw_error_of(GstMessage* message, const std::string& medium) {
  GQuark domain = 0;
  const std::string text = text_of(message, &domain);
  if (comes_from_captioner(message) && domain != GST_STREAM_ERROR) throw SetupError(text);
  const std::string host = host_of_silent_source(message);
  if (!host.empty()) {
    throw MediaError(medium + ": " + host +
                     " cannot be reached, or stopped answering; check the address and the network");
  }
  throw MediaError(medium + ": " + text);
}

}  // namespace

GstElement* make_element(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) throw SetupError(missing_element(factory));
  return GST_ELEMENT(gst_object_ref_sink(element));
}

void post_media_error(GstElement* element, const std::string& text) {
  gst_element_message_full(element, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
                           g_strdup(text.c_str()), nullptr, __FILE__, G_STRFUNC, __LINE__);
}

void post_media_warning(GstElement* element, const std::string& text) {
  gst_element_message_full(element, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
                           g_strdup(text.c_str()), nullptr, __FILE__, G_STRFUNC, __LINE__);
}

Pipeline::Pipeline(std::string medium)
    : medium_(std::move(medium)),
      pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
      bus_(gst_element_get_bus(pipeline_)) {}

Pipeline::~Pipeline() {
  gst_element_set_state(pipeline_, GST_STATE_NULL);
  gst_object_unref(bus_);
  gst_object_unref(pipeline_);
}

GstElement* Pipeline::add(const char* factory) {
  GstElement* element = make_element(factory);
  gst_bin_add(bin(), element);
  gst_object_unref(element);  // the bin holds it now
  return element;
}

void Pipeline::play() {
  if (gst_element_set_state(pipeline_, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return;
  // What failed says so on the bus, and much better than the state change does.
  check_messages(0, [](const std::string&) {});
  throw MediaError(medium_ + ": cannot be played");
}

bool Pipeline::check_messages(GstClockTime wait,
                              const std::function<void(const std::string&)>& on_warning) {
  constexpr auto kTypes = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
                                                      GST_MESSAGE_STATE_CHANGED | GST_MESSAGE_EOS |
                                                      GST_MESSAGE_ELEMENT);
  bool is_at_end = false;
  for (;;) {
    g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(bus_, wait, kTypes);
    wait = 0;
    if (message == nullptr) return is_at_end;
    switch (GST_MESSAGE_TYPE(message)) {
      case GST_MESSAGE_ERROR:
        draw("error");
        throw_error_of(message, medium_);
      case GST_MESSAGE_WARNING: {
        GQuark domain = 0;
        const std::string text = text_of(message, &domain);
        if (comes_from_captioner(message)) {
          on_warning(medium_ + ": " + text);
        } else if (first_media_warning_.empty()) {
          first_media_warning_ = text;
        } else {
          ++further_media_warnings_;
        }
        break;
      }
      case GST_MESSAGE_STATE_CHANGED:
        draw_new_state(message);
        break;
      case GST_MESSAGE_ELEMENT:
        if (comes_from_captioner(message)) {
          on_captioner_message_(gst_message_get_structure(message));
        }
        break;
      default:
        is_at_end = true;
    }
  }
}

void Pipeline::draw(const std::string& occasion) const {
  const std::string name = "dali-caption." + occasion;
  GST_DEBUG_BIN_TO_DOT_FILE_WITH_TS(bin(), GST_DEBUG_GRAPH_SHOW_ALL, name.c_str());
}

void Pipeline::draw_new_state(GstMessage* message) const {
  if (GST_MESSAGE_SRC(message) != GST_OBJECT(pipeline_)) return;
  GstState old_state = GST_STATE_NULL;
  GstState new_state = GST_STATE_NULL;
  gst_message_parse_state_changed(message, &old_state, &new_state, nullptr);
  const std::string states = std::string(gst_element_state_get_name(old_state)) + "_" +
                             gst_element_state_get_name(new_state);
  GST_DEBUG("the pipeline of %s: %s", medium_.c_str(), states.c_str());
  draw(states);
}

std::string Pipeline::media_warnings() const {
  if (further_media_warnings_ == 0) return first_media_warning_;
  return first_media_warning_ + " (and " + std::to_string(further_media_warnings_) +
         " more warnings)";
}

double Pipeline::duration_s() const {
  gint64 duration_ns = 0;
  if (gst_element_query_duration(pipeline_, GST_FORMAT_TIME, &duration_ns) == FALSE) return 0.0;
  return duration_ns > 0 ? static_cast<double>(duration_ns) / kNanosecondsPerSecond : 0.0;
}

}  // namespace dali
