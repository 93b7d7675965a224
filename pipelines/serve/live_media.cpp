// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_media.h"

#include <stdexcept>
#include <utility>

namespace dali {

void LiveMedia::end_run() {
  tell(nullptr);
  header_.clear();
  kept_.clear();
  kept_bytes_ = 0;
  splitter_.reset();
}

void LiveMedia::begin_anew() {
  end_run();
  splitter_ = std::make_unique<WebmSplitter>(WebmSplitter::Listener{
      .header = [this](const std::string& header) { header_ = header; },
      .piece = [this](WebmSplitter::Piece piece) { take(std::move(piece)); }});
}

void LiveMedia::push(std::string_view bytes) {
  if (!splitter_) return;
  try {
    splitter_->push(bytes);
  } catch (const std::runtime_error&) {
    end_run();  // nothing that follows can be told apart
    throw;
  }
}

std::string LiveMedia::content_type() const {
  std::string codecs;
  for (const auto& [in_header, name] : {std::pair{"V_VP8", "vp8"}, {"A_OPUS", "opus"}}) {
    if (header_.find(in_header) == std::string::npos) continue;
    codecs += (codecs.empty() ? "" : ", ") + std::string(name);
  }
  return std::string(has_picture() ? "video" : "audio") + "/webm; codecs=\"" + codecs + "\"";
}

bool LiveMedia::has_picture() const {
  return header_.find("V_VP8") != std::string::npos;
}

std::vector<LiveMedia::Piece> LiveMedia::beginning() const {
  std::vector<Piece> pieces = {{std::make_shared<const std::string>(header_), true}};
  for (const std::vector<Piece>& cluster : kept_) {
    pieces.insert(pieces.end(), cluster.begin(), cluster.end());
  }
  return pieces;
}

LiveMedia::Subscription LiveMedia::watch(Watcher watcher) {
  auto held = std::make_shared<Watcher>(std::move(watcher));
  std::erase_if(watchers_, [](const auto& each) { return each.expired(); });
  watchers_.push_back(held);
  return held;
}

void LiveMedia::take(WebmSplitter::Piece piece) {
  // Of sound, matroskamux marks nothing as a key frame, and all is.
  const bool is_beginning = piece.begins_cluster && (piece.is_key_frame || !has_picture());
  const Piece shared = {std::make_shared<const std::string>(std::move(piece.bytes)), is_beginning};
  keep(shared);
  tell(&shared);
}

void LiveMedia::keep(const Piece& piece) {
  if (piece.is_beginning) {
    kept_.emplace_back();
  } else if (kept_.empty()) {
    return;  // nobody can begin in the middle of a cluster
  }
  kept_.back().push_back(piece);
  kept_bytes_ += piece.bytes->size();
  while (!kept_.empty() && (kept_.size() > kMostKeptClusters || kept_bytes_ > kMostKeptBytes)) {
    for (const Piece& gone : kept_.front()) kept_bytes_ -= gone.bytes->size();
    kept_.pop_front();
  }
}

void LiveMedia::tell(const Piece* piece) {
  const std::vector<std::weak_ptr<Watcher>> told = watchers_;
  for (const auto& each : told) {
    if (const std::shared_ptr<Watcher> watcher = each.lock()) (*watcher)(piece);
  }
}

}  // namespace dali
