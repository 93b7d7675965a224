// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/stream_side_data.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace dali {
namespace {

#define DALI_SIDE_DATA_IS_IN_PARAMETERS (LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102))

constexpr std::int32_t kOne = 1 << 16;
constexpr std::size_t kMatrixSize = 9;
constexpr std::array<std::int32_t, kMatrixSize> kAsStored = {kOne, 0, 0, 0, kOne, 0, 0, 0, 1 << 30};

}  // namespace

std::vector<std::uint8_t> side_data_of(const AVStream* stream, AVPacketSideDataType type) {
#if DALI_SIDE_DATA_IS_IN_PARAMETERS
  const AVPacketSideData* found = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, type);
  if (found == nullptr) return {};
  return {found->data, found->data + found->size};
#else
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(stream, type, &size);
  if (data == nullptr) return {};
  return {data, data + size};
#endif
}

void set_side_data(AVStream* stream, AVPacketSideDataType type,
                   const std::vector<std::uint8_t>& data) {
#if DALI_SIDE_DATA_IS_IN_PARAMETERS
  AVPacketSideData* made =
      av_packet_side_data_new(&stream->codecpar->coded_side_data,
                              &stream->codecpar->nb_coded_side_data, type, data.size(), 0);
  std::memcpy(allocated(made)->data, data.data(), data.size());
#else
  std::memcpy(allocated(av_stream_new_side_data(stream, type, data.size())), data.data(),
              data.size());
#endif
}

void remove_side_data(AVStream* stream, AVPacketSideDataType type) {
#if DALI_SIDE_DATA_IS_IN_PARAMETERS
  av_packet_side_data_remove(stream->codecpar->coded_side_data,
                             &stream->codecpar->nb_coded_side_data, type);
#else
  // There is no call for it: the last one takes the place of the one to go.
  for (int i = 0; i < stream->nb_side_data; ++i) {
    if (stream->side_data[i].type != type) continue;
    av_freep(&stream->side_data[i].data);
    stream->side_data[i] = stream->side_data[--stream->nb_side_data];
    return;
  }
#endif
}

void copy_parameters(const AVStream* from, AVStream* to) {
  if (avcodec_parameters_copy(to->codecpar, from->codecpar) < 0) throw std::bad_alloc();
#if !DALI_SIDE_DATA_IS_IN_PARAMETERS
  for (int i = 0; i < from->nb_side_data; ++i) {
    const AVPacketSideData& entry = from->side_data[i];
    set_side_data(to, entry.type, {entry.data, entry.data + entry.size});
  }
#endif
}

std::vector<std::int32_t> display_matrix_of(const AVStream* stream) {
  const std::vector<std::uint8_t> bytes = side_data_of(stream, AV_PKT_DATA_DISPLAYMATRIX);
  if (bytes.size() < kMatrixSize * sizeof(std::int32_t)) return {};
  std::vector<std::int32_t> matrix(kMatrixSize);
  std::memcpy(matrix.data(), bytes.data(), kMatrixSize * sizeof(std::int32_t));
  // What moves the picture, matrix[6] and [7], does not turn it.
  matrix[6] = matrix[7] = 0;
  return std::equal(matrix.begin(), matrix.end(), kAsStored.begin()) ? std::vector<std::int32_t>()
                                                                     : matrix;
}

}  // namespace dali
