// SPDX-License-Identifier: LGPL-2.1-or-later
// Media go through untouched, in every raw format and whatever is linked.
#include <sys/resource.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/captioner/video_sampler.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::BufferHandle;
using dali::CaptionerRun;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

// One buffer of `duration_ms` in the format of `caps`, of noise without silence.
BufferHandle audio_buffer(const char* caps_text, int from_ms, int duration_ms) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text);
  GstAudioInfo info;
  ck_assert_msg(gst_audio_info_from_caps(&info, caps), "%s", caps_text);
  const auto frames = static_cast<gsize>(
      gst_util_uint64_scale_int(static_cast<guint64>(duration_ms), info.rate, 1000));
  std::vector<std::uint8_t> bytes(frames * static_cast<gsize>(info.bpf));
  // Repeated bytes in the middle of every format's range, floats included.
  for (std::size_t index = 0; index < bytes.size(); ++index)
    bytes[index] = index % 64 ? 0x3e : 0x3d;
  if (info.finfo->format == GST_AUDIO_FORMAT_F64) {  // those bytes are next to nothing there
    const double loud = 0.3;
    for (std::size_t at = 0; at < bytes.size(); at += 8) std::memcpy(&bytes[at], &loud, 8);
  }
  BufferHandle buffer(gst_buffer_new_memdup(bytes.data(), bytes.size()));
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(from_ms) * GST_MSECOND;
  if (info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED) {
    gst_buffer_add_audio_meta(buffer.get(), &info, frames, nullptr);
  }
  return buffer;
}

BufferHandle video_buffer(const char* caps_text, int from_ms, int duration_ms) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text);
  GstVideoInfo info;
  ck_assert_msg(gst_video_info_from_caps(&info, caps), "%s", caps_text);
  BufferHandle buffer(gst_buffer_new_allocate(nullptr, info.size, nullptr));
  gst_buffer_memset(buffer.get(), 0, 0x80, info.size);
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(from_ms) * GST_MSECOND;
  GST_BUFFER_DURATION(buffer.get()) = static_cast<GstClockTime>(duration_ms) * GST_MSECOND;
  return buffer;
}

void expect_same_buffers(GstHarness* harness, std::vector<BufferHandle>& kept) {
  for (BufferHandle& buffer : kept) {
    const BufferHandle out(gst_harness_pull(harness));
    ck_assert(out.get() == buffer.get());
  }
}

std::string audio_caps(const char* format, int rate, int channels, const char* layout) {
  std::string caps = std::string("audio/x-raw,format=") + format + ",rate=" + std::to_string(rate) +
                     ",channels=" + std::to_string(channels) + ",layout=" + layout;
  if (channels > 2)
    caps += channels == 8 ? ",channel-mask=(bitmask)0xc3f" : ",channel-mask=(bitmask)0";
  return caps;
}

// Of the calling thread, without any that wait for a disk.
long page_faults() {
  rusage usage = {};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

bool is_a_thread_named(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string found;
    std::getline(std::ifstream(entry.path() / "comm"), found);
    if (found == name) return true;
  }
  return false;
}

}  // namespace

START_TEST(passthrough_hands_on_the_very_same_buffers) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  run.open();
  std::vector<BufferHandle> sounds;
  std::vector<BufferHandle> frames;
  for (int at_ms = 0; at_ms < 3000; at_ms += 100) {
    sounds.push_back(dali::sound_buffer(at_ms, at_ms + 100));
    frames.push_back(dali::frame_buffer(at_ms, at_ms + 100));
    gst_harness_push(run.audio, gst_buffer_ref(sounds.back().get()));
    gst_harness_push(run.video, gst_buffer_ref(frames.back().get()));
  }
  expect_same_buffers(run.audio, sounds);
  expect_same_buffers(run.video, frames);
  for (BufferHandle& buffer : frames) {
    // The element keeps no reference: a pool's buffer would be missing there.
    ck_assert_int_eq(GST_MINI_OBJECT_REFCOUNT_VALUE(buffer.get()), 1);
  }
}
END_TEST

START_TEST(every_audio_format_passes_and_is_heard) {
  const std::string rows[] = {
      audio_caps("U8", 8000, 1, "interleaved"),
      audio_caps("S8", 11025, 2, "interleaved"),
      audio_caps("S16BE", 44100, 2, "interleaved"),
      audio_caps("S24LE", 48000, 2, "interleaved"),
      audio_caps("S24_32LE", 96000, 2, "interleaved"),
      audio_caps("S32LE", 192000, 2, "interleaved"),
      audio_caps("F32LE", 48000, 8, "interleaved"),
      audio_caps("F64LE", 48000, 1, "interleaved"),
      audio_caps("S16LE", 48000, 2, "non-interleaved"),
      audio_caps("F32LE", 48000, 8, "non-interleaved"),
      audio_caps("S16LE", 32000, 5, "interleaved"),
      audio_caps("S16LE", 384000, 16, "interleaved"),
      audio_caps("S16LE", 1, 1, "interleaved"),
  };
  for (const std::string& caps : rows) {
    CaptionerRun run(Inputs::kAudio, "window", "1000");
    run.open(caps.c_str());
    std::vector<BufferHandle> kept;
    for (int at_ms = 0; at_ms < 2000; at_ms += 1000) {
      kept.push_back(audio_buffer(caps.c_str(), at_ms, 1000));
      const GstFlowReturn flow = gst_harness_push(run.audio, gst_buffer_ref(kept.back().get()));
      ck_assert_msg(flow == GST_FLOW_OK, "%s: %s", caps.c_str(), gst_flow_get_name(flow));
    }
    run.end();
    expect_same_buffers(run.audio, kept);
    const std::size_t captions = run.captions_until_eos().size();
    ck_assert_msg(captions == 2, "%s: %zu captions", caps.c_str(), captions);
    ck_assert_uint_eq(run.engine->asked()[0].samples.size(), 16000);
  }
}
END_TEST

START_TEST(every_channel_is_heard) {
  // Sound in the last channel alone, with positions and without.
  for (const char* caps : {"audio/x-raw,format=F32LE,rate=16000,channels=2,layout=interleaved",
                           "audio/x-raw,format=F32LE,rate=16000,channels=3,layout=interleaved,"
                           "channel-mask=(bitmask)0"}) {
    CaptionerRun run(Inputs::kAudio, "window", "1000");
    run.open(caps);
    const int channels = std::string(caps).find("channels=2") != std::string::npos ? 2 : 3;
    std::vector<float> samples(16000 * static_cast<std::size_t>(channels), 0.0F);
    for (std::size_t frame = 0; frame < 16000; ++frame) {
      samples[(frame + 1) * static_cast<std::size_t>(channels) - 1] = 0.6F;
    }
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float));
    GST_BUFFER_PTS(buffer) = 0;
    gst_harness_push(run.audio, buffer);
    run.end();
    ck_assert_uint_eq(run.captions_until_eos().size(), 1);
    ck_assert_msg(run.engine->asked()[0].samples[8000] > 0.15F, "%s", caps);
  }
}
END_TEST

START_TEST(every_video_format_passes_and_is_seen) {
  const char* rows[] = {
      "video/x-raw,format=I420,width=1,height=1,framerate=10/1",
      "video/x-raw,format=NV12,width=3,height=5,framerate=10/1",
      "video/x-raw,format=RGB,width=1,height=7,framerate=10/1",
      "video/x-raw,format=GRAY8,width=17,height=3,framerate=10/1",
      "video/x-raw,format=GRAY16_LE,width=17,height=3,framerate=0/1",
      "video/x-raw,format=I420_10LE,width=64,height=48,framerate=10/1",
      "video/x-raw,format=Y444_16LE,width=64,height=48,framerate=10/1",
      "video/x-raw,format=v210,width=50,height=2,framerate=10/1",
      "video/x-raw,format=ARGB,width=64,height=48,framerate=10/1",
      "video/x-raw,format=YUY2,width=64,height=48,framerate=10/1,interlace-mode=mixed",
      "video/x-raw,format=UYVY,width=720,height=576,framerate=25/1,interlace-mode=interleaved",
      "video/x-raw,format=RGB16,width=5,height=5,framerate=10/1",
  };
  for (const char* caps : rows) {
    CaptionerRun run(Inputs::kVideo, "window", "1000");
    run.open(nullptr, caps);
    std::vector<BufferHandle> kept;
    for (int at_ms = 0; at_ms < 2000; at_ms += 100) {
      kept.push_back(video_buffer(caps, at_ms, 100));
      ck_assert_int_eq(gst_harness_push(run.video, gst_buffer_ref(kept.back().get())), GST_FLOW_OK);
    }
    run.end();
    expect_same_buffers(run.video, kept);
    ck_assert_msg(run.captions_until_eos().size() == 2, "%s", caps);
    g_autoptr(GstCaps) parsed = gst_caps_from_string(caps);
    int width_px = 0;
    gst_structure_get_int(gst_caps_get_structure(parsed, 0), "width", &width_px);
    ck_assert_int_eq(run.engine->asked()[0].width_px, width_px);
  }
}
END_TEST

START_TEST(a_format_that_cannot_be_converted_passes_with_one_clear_warning) {
  // More channels than GStreamer's audio library knows.
  const char* caps =
      "audio/x-raw,format=S16LE,rate=16000,channels=100,layout=interleaved,"
      "channel-mask=(bitmask)0";
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  run.open(caps);
  BufferHandle buffer(gst_buffer_new_allocate(nullptr, 100 * 2 * 16000, nullptr));
  GST_BUFFER_PTS(buffer.get()) = 0;
  ck_assert_int_eq(gst_harness_push(run.audio, gst_buffer_ref(buffer.get())), GST_FLOW_OK);
  const BufferHandle out(gst_harness_pull(run.audio));
  ck_assert(out.get() == buffer.get());
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 0);
  const auto warning = run.message(GST_MESSAGE_WARNING);
  ck_assert(warning != nullptr);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_warning(warning.get(), &error, nullptr);
  ck_assert(g_strstr_len(error->message, -1, "channels=(int)100") != nullptr);
  ck_assert(run.message(static_cast<GstMessageType>(GST_MESSAGE_WARNING | GST_MESSAGE_ERROR), 0) ==
            nullptr);
}
END_TEST

START_TEST(a_change_of_format_continues_the_window) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 5000);
  const std::string caps = audio_caps("S16LE", 48000, 2, "interleaved");
  g_autoptr(GstCaps) parsed = gst_caps_from_string(caps.c_str());
  run.push_event(run.audio, gst_event_new_caps(parsed));
  for (int at_ms = 5000; at_ms < 10000; at_ms += 100) {
    gst_harness_push(run.audio, audio_buffer(caps.c_str(), at_ms, 100).release());
  }
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 1);
  ck_assert_uint_eq(run.engine->asked()[0].samples.size(), 160000);
}
END_TEST

START_TEST(unlinked_outputs_are_no_error) {
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  auto engine = std::make_shared<dali::FakeEngine>();
  dali::use_engine(engine);
  GstElement* element = gst_element_factory_make("dalicaptioner", nullptr);
  gst_object_ref_sink(element);
  GstHarness* audio = gst_harness_new_with_element(element, "audio_sink", nullptr);
  GstHarness* text = gst_harness_new_with_element(element, nullptr, "text_src");
  gst_harness_set_live(audio, FALSE);
  gst_harness_set_src_caps_str(audio, CaptionerRun::kMono16);
  for (int at_ms = 0; at_ms < 10000; at_ms += 100) {
    ck_assert_int_eq(gst_harness_push(audio, dali::sound_buffer(at_ms, at_ms + 100).release()),
                     GST_FLOW_OK);
  }
  const BufferHandle caption(gst_harness_pull(text));
  ck_assert(caption != nullptr);
  gst_harness_teardown(text);
  gst_harness_teardown(audio);
  gst_object_unref(element);
}
END_TEST

START_TEST(an_element_with_nothing_linked_says_so) {
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  dali::use_engine(std::make_shared<dali::FakeEngine>());
  GstElement* element = gst_element_factory_make("dalicaptioner", nullptr);
  gst_object_ref_sink(element);
  GstHarness* audio = gst_harness_new_with_element(element, "audio_sink", nullptr);
  gst_harness_set_src_caps_str(audio, CaptionerRun::kMono16);
  ck_assert_int_eq(gst_harness_push(audio, dali::sound_buffer(0, 100).release()),
                   GST_FLOW_NOT_LINKED);
  gst_harness_teardown(audio);
  gst_object_unref(element);
}
END_TEST

START_TEST(a_second_pad_of_one_kind_is_refused) {
  CaptionerRun run(Inputs::kAudio);
  GstPadTemplate* audio_sink = gst_element_get_pad_template(run.element, "audio_sink");
  ck_assert(gst_element_request_pad(run.element, audio_sink, nullptr, nullptr) == nullptr);
  GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
  ck_assert(video != nullptr);
  gst_element_release_request_pad(run.element, video);
  gst_object_unref(video);
  ck_assert(gst_element_get_static_pad(run.element, "video_src") == nullptr);
}
END_TEST

START_TEST(caps_and_allocation_are_asked_of_whoever_is_downstream) {
  CaptionerRun run(Inputs::kVideo);
  gst_harness_set_sink_caps_str(run.video, "video/x-raw,format=NV12,width=64,height=48");
  GstPad* sink = gst_element_get_static_pad(run.element, "video_sink");
  g_autoptr(GstCaps) caps = gst_pad_query_caps(sink, nullptr);
  g_autoptr(GstCaps) other = gst_caps_from_string("video/x-raw,format=I420,width=64,height=48");
  ck_assert(!gst_caps_can_intersect(caps, other));
  // A pool that whoever is downstream offers: upstream decodes right into it.
  GstBufferPool* pool = gst_buffer_pool_new();
  g_autoptr(GstPad) source = gst_element_get_static_pad(run.element, "video_src");
  g_autoptr(GstPad) end = gst_pad_get_peer(source);
  gst_pad_add_probe(
      end, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer offered) {
        GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
        if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
        gst_query_add_allocation_pool(query, GST_BUFFER_POOL(offered), 4608, 2, 8);
        return GST_PAD_PROBE_HANDLED;
      },
      pool, nullptr);
  g_autoptr(GstQuery) query = gst_query_new_allocation(caps, TRUE);
  ck_assert(gst_pad_query(sink, query));
  ck_assert_uint_eq(gst_query_get_n_allocation_pools(query), 1);
  GstBufferPool* offered = nullptr;
  gst_query_parse_nth_allocation_pool(query, 0, &offered, nullptr, nullptr, nullptr);
  ck_assert(offered == pool);
  gst_object_unref(offered);
  gst_object_unref(pool);
  gst_object_unref(sink);
}
END_TEST

// Whoever is downstream may draw into the frame, where nobody else has it: a reference that is kept
// here would make a copy of it.
START_TEST(downstream_may_write_to_what_it_gets) {
  CaptionerRun run(Inputs::kVideo, "window", "1000");
  run.open();
  g_autoptr(GstPad) source = gst_element_get_static_pad(run.element, "video_src");
  int written = 0;
  gst_pad_add_probe(
      source, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer count) {
        GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        const bool is_own = gst_buffer_is_writable(buffer) &&
                            gst_memory_is_writable(gst_buffer_peek_memory(buffer, 0));
        *static_cast<int*>(count) += is_own ? 1 : 0;
        return GST_PAD_PROBE_OK;
      },
      &written, nullptr);
  run.push_frames(0, 3000);
  ck_assert_int_eq(written, 30);
}
END_TEST

// The pages that the copies of a window's pictures lie in, four of them beside the last window's,
// are not brought in one by one while a frame waits: for 4K that takes 8 ms.
START_TEST(pictures_are_copied_to_memory_that_is_there) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::puts("skipped: what a sanitizer notes of each byte has page faults of its own");
  return;
#endif
  g_autoptr(GstCaps) caps =
      gst_caps_from_string("video/x-raw,format=I420,width=1920,height=1080,framerate=25/1");
  dali::VideoSampler sampler;
  ck_assert(sampler.set_caps(caps));
  while (is_a_thread_named("dali-warming")) g_usleep(1000);
  const gsize bytes = 1920 * 1080 * 3 / 2;
  BufferHandle frame(gst_buffer_new_allocate(nullptr, bytes, nullptr));
  gst_buffer_memset(frame.get(), 0, 0x80, bytes);
  const long before = page_faults();
  std::vector<std::shared_ptr<const dali::Picture>> kept;
  for (int picture = 0; picture < 5; ++picture) {
    kept.push_back(sampler.copy(frame.get(), picture, picture + 1));
    ck_assert(kept.back() != nullptr);
  }
  // One copy whose pages are not there has bytes / 4096 = 759 faults; five others have a few.
  ck_assert_int_lt(page_faults() - before, 759);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* passthrough = tcase_create("passthrough");
  tcase_add_test(passthrough, passthrough_hands_on_the_very_same_buffers);
  tcase_add_test(passthrough, every_audio_format_passes_and_is_heard);
  tcase_add_test(passthrough, every_channel_is_heard);
  tcase_add_test(passthrough, every_video_format_passes_and_is_seen);
  tcase_add_test(passthrough, a_format_that_cannot_be_converted_passes_with_one_clear_warning);
  tcase_add_test(passthrough, a_change_of_format_continues_the_window);
  tcase_add_test(passthrough, unlinked_outputs_are_no_error);
  tcase_add_test(passthrough, an_element_with_nothing_linked_says_so);
  tcase_add_test(passthrough, a_second_pad_of_one_kind_is_refused);
  tcase_add_test(passthrough, caps_and_allocation_are_asked_of_whoever_is_downstream);
  tcase_add_test(passthrough, downstream_may_write_to_what_it_gets);
  tcase_add_test(passthrough, pictures_are_copied_to_memory_that_is_there);
  Suite* suite = suite_create("passthrough");
  suite_add_tcase(suite, passthrough);
  return dali::run_suite(suite);
}
