// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/read_back.h"

#include <string>

namespace dali {
namespace {

// A codec without a decoder says nothing about what it needs.
bool opens(const AVCodecParameters* parameters) {
  const AVCodec* decoder = avcodec_find_decoder(parameters->codec_id);
  if (decoder == nullptr) return true;
  const CodecHandle codec(allocated(avcodec_alloc_context3(decoder)));
  return avcodec_parameters_to_context(codec.get(), parameters) >= 0 &&
         avcodec_open2(codec.get(), decoder, nullptr) >= 0;
}

}  // namespace

bool reads_back(const std::filesystem::path& file, const AVCodecParameters* written) {
  AVFormatContext* context = nullptr;
  const std::string location = "file:" + file.string();
  if (avformat_open_input(&context, location.c_str(), nullptr, nullptr) < 0) return true;
  const InputHandle owned(context);
  if (context->nb_streams != 1) return true;
  // Another name may be that of a family: MP4's MP2 is called MP3, and decoded all the same.
  const AVCodecParameters* read = context->streams[0]->codecpar;
  return read->codec_id != AV_CODEC_ID_NONE && (opens(read) || !opens(written));
}

}  // namespace dali
