// SPDX-License-Identifier: LGPL-2.1-or-later
// The plugin as GStreamer loads it from its file: without LibTorch, until a model is wanted.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/captioner/opened_model_library.h"
#include "gst-plugin/session/engine_pool.h"
#include "model/base/embedded_model.h"
#include "model/service/engine_server.h"
#include "model/service/model_socket.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/scripted_engine.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

struct Unref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
};
using ElementHandle = std::unique_ptr<GstElement, Unref>;

ElementHandle new_element(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  ck_assert_msg(element != nullptr, "%s", factory);
  return ElementHandle(GST_ELEMENT(gst_object_ref_sink(element)));
}

// Whether a file of that name, or one that begins so, is in this process's memory.
bool is_loaded(const std::string& library) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/" + library) != std::string::npos) return true;
  }
  return false;
}

struct RunningThread {
  std::string name;
  int nice = 0;
};

std::vector<RunningThread> running_threads() {
  std::vector<RunningThread> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    RunningThread& thread = threads.emplace_back();
    std::getline(std::ifstream(entry.path() / "comm"), thread.name);
    const auto number = static_cast<id_t>(std::stoul(entry.path().filename()));
    thread.nice = getpriority(PRIO_PROCESS, number);
  }
  return threads;
}

// To READY, and until the model is there or has failed to come.
void load_model(GstElement* captioner) {
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(captioner, bus);
  ck_assert(gst_element_set_state(captioner, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS);
  GstProgressType type = GST_PROGRESS_TYPE_START;
  while (type == GST_PROGRESS_TYPE_START) {
    g_autoptr(GstMessage) message =
        gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_PROGRESS);
    gst_message_parse_progress(message, &type, nullptr, nullptr);
  }
  ck_assert_int_eq(type, GST_PROGRESS_TYPE_COMPLETE);
  gst_element_set_bus(captioner, nullptr);
  gst_object_unref(bus);
}

}  // namespace

// The registry has been read and the plugin loaded: its elements are there, with all properties.
START_TEST(no_element_brings_libtorch_before_it_is_ready) {
  for (const char* factory :
       {"dalicaptioner", "dalitranscriber", "dalitextshape", "dalicea608enc", "dalicea708enc",
        "dalittmlenc", "dalidescriber", "dalisubtitlebin", "dalihlssink"}) {
    const ElementHandle element = new_element(factory);
    guint count = 0;
    g_autofree GParamSpec** properties =
        g_object_class_list_properties(G_OBJECT_GET_CLASS(element.get()), &count);
    for (guint index = 0; index < count; ++index) {
      if ((properties[index]->flags & G_PARAM_READABLE) == 0) continue;
      GValue value = G_VALUE_INIT;
      g_object_get_property(G_OBJECT(element.get()), properties[index]->name, &value);
      g_value_unset(&value);
    }
  }
  ck_assert(is_loaded("libgstdali.so"));
  ck_assert(!is_loaded("libdali-model.so"));
  ck_assert(!is_loaded("libtorch"));
  ck_assert(!is_loaded("libc10"));
}
END_TEST

START_TEST(the_elements_of_text_run_without_libtorch) {
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(
      "appsrc name=source caps=text/x-raw,format=utf8 format=time ! dalitextshape ! dalicea608enc "
      "! fakesink",
      &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  ck_assert(gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(source, "end-of-stream", &flow);
  GstBus* bus = gst_element_get_bus(pipeline);
  g_autoptr(GstMessage) end = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  ck_assert(GST_MESSAGE_TYPE(end) == GST_MESSAGE_EOS);
  gst_object_unref(bus);
  gst_object_unref(source);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  ck_assert(!is_loaded("libtorch"));
}
END_TEST

// Returns owned what the pipeline comes to: its end or its error.
GstMessage* end_of(GstElement* pipeline) {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* end = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  return end;
}

GstElement* pipeline_with(const std::filesystem::path& model) {
  g_autoptr(GError) error = nullptr;
  const std::string line =
      "audiotestsrc num-buffers=20 samplesperbuffer=16000 ! audio/x-raw,rate=16000 ! "
      "dalicaptioner name=captioner window=10000 model=" +
      model.string() + " captioner.text_src ! fakesink sync=false";
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  return pipeline;
}

void take_down(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

// Here by a thread of this very process.
START_TEST(a_model_that_is_served_needs_no_libtorch) {
  const TemporaryDirectory folder;
  const ScriptedEngine engine([](const Window&, const CaptionRequest&, auto) {
    return Caption{.text = "a bell rings", .token_count = 3};
  });
  const ListeningSocket socket(folder / "x.sock");
  EngineServer server(engine);
  server.accept_from(socket.descriptor());
  GstElement* pipeline = pipeline_with(folder / "x.sock");
  g_autoptr(GstMessage) end = end_of(pipeline);
  ck_assert(GST_MESSAGE_TYPE(end) == GST_MESSAGE_EOS);
  ck_assert_int_eq(engine.begun(), 2);
  ck_assert(!is_loaded("libtorch"));
  ck_assert(!is_loaded("libdali-model.so"));
  take_down(pipeline);
}
END_TEST

START_TEST(a_model_that_nobody_serves_is_an_error_that_names_its_socket) {
  const TemporaryDirectory folder;
  GstElement* pipeline = pipeline_with(folder / "x.sock");
  g_autoptr(GstMessage) end = end_of(pipeline);
  ck_assert(GST_MESSAGE_TYPE(end) == GST_MESSAGE_ERROR);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(end, &error, nullptr);
  expect_one_line_with(error->message, "x.sock: no model can be reached there: No such file");
  ck_assert(g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ));
  ck_assert(!is_loaded("libtorch"));
  take_down(pipeline);
}
END_TEST

// A warning in a line, and the stream goes on to its end.
START_TEST(a_server_that_goes_in_the_middle_costs_windows_alone) {
  const TemporaryDirectory folder;
  const ScriptedEngine engine(waits_for_stop);
  std::optional<ListeningSocket> socket(std::in_place, folder / "x.sock");
  std::optional<EngineServer> server(std::in_place, engine);
  server->accept_from(socket->descriptor());
  GstElement* pipeline = pipeline_with(folder / "x.sock");
  engine.wait_until_begun(1);
  server.reset();
  socket.reset();
  GstBus* bus = gst_element_get_bus(pipeline);
  g_autoptr(GstMessage) warning =
      gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_WARNING);
  g_autoptr(GError) error = nullptr;
  g_autofree gchar* details = nullptr;
  gst_message_parse_warning(warning, &error, &details);
  const std::string said = std::string(error->message) + " " + (details ? details : "");
  ck_assert_msg(contains(said, "x.sock: the model's server "), "%s", said.c_str());
  gst_object_unref(bus);
  g_autoptr(GstMessage) end = end_of(pipeline);
  ck_assert(GST_MESSAGE_TYPE(end) == GST_MESSAGE_EOS);
  take_down(pipeline);
}
END_TEST

START_TEST(the_first_model_brings_libtorch_and_it_stays) {
  const ElementHandle captioner = new_element("dalicaptioner");
  load_model(captioner.get());
  ck_assert(is_loaded("libdali-model.so"));
  ck_assert(is_loaded("libtorch"));
  gst_element_set_state(captioner.get(), GST_STATE_NULL);
  ck_assert(is_loaded("libtorch"));
  load_model(captioner.get());
  gst_element_set_state(captioner.get(), GST_STATE_NULL);
}
END_TEST

// What the library throws is caught by the type that the plugin was compiled with: this program is,
// like the plugin, compiled to hide its names, and does not link the library.
START_TEST(errors_pass_the_door_with_their_type) {
  const ModelLibrary& library = opened_model_library();
  const std::string of_loading =
      error_message_of<CaptionError>([&] { library.load("/no/such/model", {}); });
  expect_one_line_with(of_loading, "/no/such/model");
  const std::shared_ptr<const CaptionEngine> engine =
      library.load(embedded_model_directory(), {.device = "cpu"});
  const std::string of_describing =
      error_message_of<CaptionError>([&] { engine->describe({}, {}, {}); });
  expect_one_line_with(of_describing, "neither sound nor a picture");
  // And not as what else it might be.
  try {
    library.load("/no/such/model", {});
  } catch (const EngineLibraryError&) {
    ck_abort_msg("a wrong model is no wrong library");
  } catch (const std::runtime_error&) {
  }
}
END_TEST

// The model with two threads, and OpenBLAS with two: helpers of either have the priority of the
// thread that describes, and all that GStreamer made keep theirs.
START_TEST(helpers_of_the_model_give_way_to_the_pipeline) {
  setenv("OPENBLAS_NUM_THREADS", "2", 1);
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(
      "audiotestsrc num-buffers=20 samplesperbuffer=16000 ! audio/x-raw,rate=16000 ! "
      "queue max-size-time=0 ! dalicaptioner name=captioner threads=2 window=10000 "
      "captioner.text_src ! fakesink sync=false",
      &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  g_autoptr(GstMessage) end = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  ck_assert(GST_MESSAGE_TYPE(end) == GST_MESSAGE_EOS);
  const std::vector<RunningThread> threads = running_threads();
  int computing = 0;
  int of_libraries = 0;
  for (const RunningThread& thread : threads) {
    computing += thread.name == "dali-model" ? 1 : 0;
    of_libraries += thread.name == "dali-libraries" ? 1 : 0;
    const int nice = thread.name.starts_with("dali-") ? 10 : 0;
    ck_assert_msg(thread.nice == getpriority(PRIO_PROCESS, 0) + nice, "%s is nice by %d",
                  thread.name.c_str(), thread.nice);
  }
  ck_assert_int_ge(computing, 2);
  // Where LibTorch computes with another BLAS there are none.
  if (is_loaded("libopenblas")) ck_assert_int_ge(of_libraries, 1);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}
END_TEST

}  // namespace dali

int main(int argc, char** argv) {
  using namespace dali;
  gst_check_init(&argc, &argv);
  TCase* tcase = tcase_create("plugin-loading");
  tcase_add_test(tcase, no_element_brings_libtorch_before_it_is_ready);
  tcase_add_test(tcase, the_elements_of_text_run_without_libtorch);
  tcase_add_test(tcase, a_model_that_is_served_needs_no_libtorch);
  tcase_add_test(tcase, a_model_that_nobody_serves_is_an_error_that_names_its_socket);
  tcase_add_test(tcase, a_server_that_goes_in_the_middle_costs_windows_alone);
  tcase_add_test(tcase, the_first_model_brings_libtorch_and_it_stays);
  tcase_add_test(tcase, errors_pass_the_door_with_their_type);
  tcase_add_test(tcase, helpers_of_the_model_give_way_to_the_pipeline);
  Suite* suite = suite_create("plugin-loading");
  suite_add_tcase(suite, tcase);
  return run_suite(suite);
}
