// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/stream_filter.h"

#include <utility>

namespace dali {

StreamFilter::StreamFilter(const AVStream* stream, std::string fault, Filters filters)
    : stream_(stream), fault_(std::move(fault)), filters_(std::move(filters)) {}

void StreamFilter::filter(AVFrame* frame, const FrameSink& on_frame) {
  if (frame != nullptr && frame->nb_samples > 0 &&
      frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&frame->ch_layout, frame->ch_layout.nb_channels);
  }
  if (chain_ && (frame == nullptr || !chain_->fits(frame))) {
    chain_->filter(nullptr, on_frame);
    chain_.reset();
  }
  if (frame == nullptr) return;
  if (frame->width > 0 && frame->sample_aspect_ratio.num == 0) {
    frame->sample_aspect_ratio = stream_->sample_aspect_ratio;
  }
  if (!chain_) chain_.emplace(frame, stream_->time_base, filters_(frame), fault_);
  chain_->filter(frame, on_frame);
}

}  // namespace dali
