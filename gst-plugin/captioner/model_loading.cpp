// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/model_loading.h"

#include <chrono>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/session/computing_thread.h"
#include "model/base/model_folders.h"

#define GST_CAT_DEFAULT dali::model_category()

namespace dali {
namespace {

constexpr std::string_view kAuto = "auto";  // of device and precision: whatever is best
constexpr const char* kProgressCode = "load-model";
constexpr const char* kLibrariesThreads = "dali-libraries";  // their name

std::shared_ptr<const CaptionEngine> loaded_engine(const EngineKey& key, ThreadPriority priority) {
  {
    // The loader's lock, which others may want, is held for half a second: not at low priority. But
    // the threads that OpenBLAS makes then are the model's.
    const ThreadsMadeMeanwhile made(kLibrariesThreads);
    EnginePool::shared().prepare(key);
    made.lower_priority(priority);
  }
  std::shared_ptr<const CaptionEngine> engine;
  ComputingThread().run(priority, [&] { engine = EnginePool::shared().engine(key); });
  return engine;
}

}  // namespace

void ModelLoading::begin(const EngineKey& key, ThreadPriority priority) {
  end();
  load_ns_ = 0;
  set_precision({});
  loading_ = std::jthread(
      [this, key, priority] { no_exception_escapes(element_, [&] { load(key, priority); }); });
}

std::string ModelLoading::precision() const {
  const std::lock_guard lock(precision_mutex_);
  return precision_;
}

void ModelLoading::set_precision(std::string precision) {
  const std::lock_guard lock(precision_mutex_);
  precision_ = std::move(precision);
}

void ModelLoading::end() {
  if (loading_.joinable()) loading_.join();
  session_.forget_engine();
}

void ModelLoading::load(const EngineKey& key, ThreadPriority priority) {
  const std::string name = key.directory.empty() ? "the embedded model" : key.directory.string();
  post_progress(GST_PROGRESS_TYPE_START, "Loading " + name);
  GST_INFO_OBJECT(element_, "loading %s: device %s, precision %s", name.c_str(), key.device.c_str(),
                  key.precision.c_str());
  const auto begin = std::chrono::steady_clock::now();
  try {
    std::shared_ptr<const CaptionEngine> engine = loaded_engine(key, priority);
    load_ns_ = std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
    set_precision(engine->precision());
    note_what_was_not_chosen(key, *engine);
    GST_INFO_OBJECT(element_, "loaded %s in %.3f s: %s", name.c_str(), in_seconds(load_ns_),
                    engine->description().c_str());
    session_.set_engine(std::move(engine));
    post_progress(GST_PROGRESS_TYPE_COMPLETE, "Loaded " + name);
  } catch (const EngineLibraryError& error) {
    give_up(name, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, error.what());
  } catch (const std::exception& error) {
    give_up(name, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ, error.what());
  }
}

// A model that another process has loaded computes as it was told there.
void ModelLoading::note_what_was_not_chosen(const EngineKey& key, const CaptionEngine& engine) {
  const bool is_default = key.device == kAuto && key.precision == kAuto;
  if (is_default || !is_model_socket(key.directory)) return;
  GST_WARNING_OBJECT(element_,
                     "%s is loaded by another process: device %s and precision %s are not asked "
                     "for there, and it has %s",
                     key.directory.c_str(), key.device.c_str(), key.precision.c_str(),
                     engine.description().c_str());
}

// The error comes before the end of any stream that waits for the model; then the media go on
// without captions, so that it stays the only error message.
void ModelLoading::give_up(const std::string& name, GQuark domain, gint code, const char* reason) {
  GST_ERROR_OBJECT(element_, "cannot load %s: %s", name.c_str(), reason);
  post_progress(GST_PROGRESS_TYPE_ERROR, "Could not load " + name);
  gst_element_message_full(element_, GST_MESSAGE_ERROR, domain, code, g_strdup(reason),
                           g_strdup_printf("model directory: %s", name.c_str()), __FILE__,
                           GST_FUNCTION, __LINE__);
  session_.set_engine_missing();
}

void ModelLoading::post_progress(GstProgressType type, const std::string& what) {
  gst_element_post_message(
      element_, gst_message_new_progress(GST_OBJECT(element_), type, kProgressCode, what.c_str()));
}

}  // namespace dali
