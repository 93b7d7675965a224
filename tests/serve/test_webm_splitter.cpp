// SPDX-License-Identifier: LGPL-2.1-or-later
// A WebM that goes on and on is taken apart however it comes, and what is none is refused.
#include "pipelines/serve/webm_splitter.h"

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/check_suite.h"

namespace {

const std::string kUnknownSize = "\x01\xff\xff\xff\xff\xff\xff\xff";

std::string element(const std::string& id, const std::string& content) {
  std::string size = {'\x01'};
  for (int shift = 48; shift >= 0; shift -= 8) {
    size += static_cast<char>(content.size() >> shift & 0xFFU);
  }
  return id + size + content;
}

std::string block(const std::string& payload, bool is_key) {
  return element("\xa3", std::string("\x81\0\0", 3) + (is_key ? '\x80' : '\0') + payload);
}

std::string cluster_head() {
  return "\x1f\x43\xb6\x75" + kUnknownSize + element("\xe7", "\x05");
}

std::string repeated(const std::string& part, int times) {
  std::string whole;
  for (int time = 0; time < times; ++time) whole += part;
  return whole;
}

const std::string kEbml = element("\x1a\x45\xdf\xa3", "webm");
const std::string kTracks = element("\x16\x54\xae\x6b", "V_VP8");
const std::string kSegment = "\x18\x53\x80\x67" + kUnknownSize;

// Two clusters, with elements around them that players can do without.
std::string stream() {
  return kEbml + kSegment + element("\x12\x54\xc3\x67", "tags") + kTracks + cluster_head() +
         element("\xab", "previous size") + block("one", true) + block("two", false) +
         element("\x1c\x53\xbb\x6b", "cues") + cluster_head() + block("three", false) +
         element("\xa0", "group");
}

struct Taken {
  std::string header;
  std::vector<dali::WebmSplitter::Piece> pieces;
  bool is_refused = false;
};

// `step`: how many bytes at a time.
Taken take(std::string_view bytes, std::size_t step) {
  Taken taken;
  dali::WebmSplitter splitter(
      {.header = [&](const std::string& header) { taken.header = header; },
       .piece =
           [&](dali::WebmSplitter::Piece piece) { taken.pieces.push_back(std::move(piece)); }});
  try {
    for (std::size_t at = 0; at < bytes.size(); at += step) splitter.push(bytes.substr(at, step));
  } catch (const std::runtime_error&) {
    taken.is_refused = true;
  }
  return taken;
}

}  // namespace

START_TEST(a_stream_is_taken_apart_however_it_comes) {
  const std::string bytes = stream();
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Taken taken = take(bytes, step);
    ck_assert(!taken.is_refused);
    ck_assert(taken.header == kEbml + kSegment + kTracks);
    ck_assert_uint_eq(taken.pieces.size(), 4);
    const struct {
      std::string bytes;
      bool begins;
      bool is_key;
    } wanted[] = {{cluster_head() + block("one", true), true, true},
                  {block("two", false), false, false},
                  {cluster_head() + block("three", false), true, false},
                  {element("\xa0", "group"), false, false}};
    for (std::size_t index = 0; index < 4; ++index) {
      const auto& piece = taken.pieces[index];
      ck_assert_msg(piece.bytes == wanted[index].bytes, "piece %zu by %zu", index, step);
      ck_assert(piece.begins_cluster == wanted[index].begins);
      ck_assert(piece.is_key_frame == wanted[index].is_key);
    }
  }
}
END_TEST

START_TEST(what_is_no_stream_is_refused) {
  const struct {
    const char* name;
    std::string bytes;
  } rows[] = {
      {"no id", std::string(4, '\0')},
      {"no size", std::string("\xa3\0", 2)},
      {"another file", "RIFF\x10....WAVE"},
      {"a block first", block("x", true)},
      {"a size that is not known", kEbml + kSegment + "\xa3" + kUnknownSize},
      {"an element without end", kEbml + kSegment + std::string("\xa3\x10\xff\xff\xff", 5)},
      {"a header without end",
       kEbml + kSegment + element("\x16\x54\xae\x6b", std::string(100000, 'x'))},
      {"segments without end", kEbml + repeated(kSegment, 10000)},
      {"times without end",
       kEbml + kSegment + cluster_head() + repeated(element("\xe7", "\x05"), 10000)},
  };
  for (const auto& row : rows) {
    ck_assert_msg(take(row.bytes, 7).is_refused, "taken: %s", row.name);
  }
}
END_TEST

START_TEST(blocks_that_are_too_short_begin_nothing) {
  for (std::size_t size = 0; size < 4; ++size) {
    const std::string content = std::string("\x81\0\0", 3).substr(0, size);
    const Taken taken =
        take(kEbml + kSegment + kTracks + cluster_head() + element("\xa3", content), 64);
    ck_assert_uint_eq(taken.pieces.size(), 1);
    ck_assert(!taken.pieces[0].is_key_frame);
  }
}
END_TEST

START_TEST(damage_is_survived) {
  std::mt19937 random(static_cast<std::uint32_t>(_i));
  for (int round = 0; round < 500; ++round) {
    std::string bytes = stream() + stream();
    for (int change = 0; change < 4; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const Taken taken = take(bytes, 1 + random() % 64);
    std::size_t sum = 0;
    for (const auto& piece : taken.pieces) sum += piece.bytes.size();
    ck_assert_uint_le(sum, bytes.size());
  }
}
END_TEST

int main() {
  TCase* cases = tcase_create("webm splitter");
  tcase_add_test(cases, a_stream_is_taken_apart_however_it_comes);
  tcase_add_test(cases, what_is_no_stream_is_refused);
  tcase_add_test(cases, blocks_that_are_too_short_begin_nothing);
  tcase_add_loop_test(cases, damage_is_survived, 0, 20);
  Suite* suite = suite_create("webm splitter");
  suite_add_tcase(suite, cases);
  return dali::run_suite(suite);
}
