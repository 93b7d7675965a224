// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/model_loading.h"

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"

#define GST_CAT_DEFAULT dali::model_category()

namespace dali {
namespace {

constexpr const char* kProgressCode = "load-model";

}  // namespace

void ModelLoading::begin(const EngineKey& key) {
  end();
  load_ns_ = 0;
  set_precision({});
  loading_ = std::jthread([this, key] { no_exception_escapes(element_, [&] { load(key); }); });
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

void ModelLoading::load(const EngineKey& key) {
  const std::string name = key.directory.empty() ? "the embedded model" : key.directory.string();
  post_progress(GST_PROGRESS_TYPE_START, "Loading " + name);
  GST_INFO_OBJECT(element_, "loading %s: device %s, precision %s", name.c_str(), key.device.c_str(),
                  key.precision.c_str());
  const auto begin = std::chrono::steady_clock::now();
  try {
    std::shared_ptr<const CaptionEngine> engine = EnginePool::shared().engine(key);
    load_ns_ = std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
    set_precision(engine->precision());
    GST_INFO_OBJECT(element_, "loaded %s in %.3f s: %s", name.c_str(), in_seconds(load_ns_),
                    engine->description().c_str());
    session_.set_engine(std::move(engine));
  } catch (const std::exception& error) {
    // The error comes before the end of any stream that waits for the model; then the media go on
    // without captions, so that it stays the only error message.
    GST_ERROR_OBJECT(element_, "cannot load %s: %s", name.c_str(), error.what());
    post_progress(GST_PROGRESS_TYPE_ERROR, "Could not load " + name);
    GST_ELEMENT_ERROR(element_, RESOURCE, OPEN_READ, ("%s", error.what()),
                      ("model directory: %s", name.c_str()));
    session_.set_engine_missing();
    return;
  }
  post_progress(GST_PROGRESS_TYPE_COMPLETE, "Loaded " + name);
}

void ModelLoading::post_progress(GstProgressType type, const std::string& what) {
  gst_element_post_message(
      element_, gst_message_new_progress(GST_OBJECT(element_), type, kProgressCode, what.c_str()));
}

}  // namespace dali
