// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/filter_chain.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

// Frees what avfilter_graph_parse_ptr leaves, which it may replace on the way.
struct Ends {
  AVFilterInOut* inputs = nullptr;
  AVFilterInOut* outputs = nullptr;
  ~Ends() {
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
  }
};

AVFilterInOut* end_at(AVFilterContext* filter, const char* name) {
  AVFilterInOut* end = allocated(avfilter_inout_alloc());
  *end = {.name = av_strdup(name), .filter_ctx = filter, .pad_idx = 0, .next = nullptr};
  return end;
}

bool is_picture(const AVFrame* frame) {
  return frame->width > 0;
}

}  // namespace

FilterChain::FilterChain(const AVFrame* first, AVRational time_base, const std::string& filters,
                         const std::string& fault)
    : fault_(fault), filters_(filters), graph_(allocated(avfilter_graph_alloc())) {
  check(av_frame_copy_props(first_.get(), first));
  first_->format = first->format;
  first_->width = first->width;
  first_->height = first->height;
  first_->sample_rate = first->sample_rate;
  check(av_channel_layout_copy(&first_->ch_layout, &first->ch_layout));
  const bool has_picture = is_picture(first);

  AVBufferSrcParameters* parameters = allocated(av_buffersrc_parameters_alloc());
  parameters->format = first->format;
  parameters->time_base = time_base;
  parameters->width = first->width;
  parameters->height = first->height;
  parameters->sample_aspect_ratio = first->sample_aspect_ratio;
  parameters->sample_rate = first->sample_rate;
  parameters->ch_layout = first_->ch_layout;  // borrowed: the source copies it
#if LIBAVFILTER_VERSION_MAJOR >= 10
  if (has_picture) {
    parameters->color_space = first->colorspace;
    parameters->color_range = first->color_range;
  }
#endif
  source_ = avfilter_graph_alloc_filter(
      graph_.get(), avfilter_get_by_name(has_picture ? "buffer" : "abuffer"), "in");
  int result = av_buffersrc_parameters_set(allocated(source_), parameters);
  av_free(parameters);
  check(result);
  check(avfilter_init_str(source_, nullptr));
  check(avfilter_graph_create_filter(
      &sink_, avfilter_get_by_name(has_picture ? "buffersink" : "abuffersink"), "out", nullptr,
      nullptr, graph_.get()));
  Ends ends;
  ends.outputs = end_at(source_, "in");
  ends.inputs = end_at(sink_, "out");
  check(avfilter_graph_parse_ptr(graph_.get(), filters.c_str(), &ends.inputs, &ends.outputs,
                                 nullptr));
  check(avfilter_graph_config(graph_.get(), nullptr));
}

bool FilterChain::fits(const AVFrame* frame) const {
  return frame->format == first_->format && frame->width == first_->width &&
         frame->height == first_->height && frame->sample_rate == first_->sample_rate &&
         av_channel_layout_compare(&frame->ch_layout, &first_->ch_layout) == 0;
}

void FilterChain::filter(AVFrame* frame, const FrameSink& on_frame) {
  check(av_buffersrc_add_frame_flags(source_, frame, AV_BUFFERSRC_FLAG_KEEP_REF));
  while (av_buffersink_get_frame(sink_, filtered_.get()) >= 0) {
    on_frame(filtered_.get());
    av_frame_unref(filtered_.get());
  }
}

void FilterChain::check(int result) const {
  if (result >= 0) return;
  throw MediaError(fault_ + ": FFmpeg's filters " + filters_ + ": " + libav_error_text(result));
}

AVRational FilterChain::output_time_base() const {
  return av_buffersink_get_time_base(sink_);
}

}  // namespace dali
