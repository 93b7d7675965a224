// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/early_close.h"

#include <gio/gio.h>

#include <memory>
#include <string>

#include "pipelines/serve/glib_handles.h"

namespace dali {
namespace {

constexpr gsize kThrownAwayAtOnce = 65536;
constexpr guint kMostSeconds = 5;

struct Closing {
  ObjectHandle<GIOStream> stream;
  std::string answer;
  ObjectHandle<GCancellable> reading{g_cancellable_new()};
  LoopSource time_limit;
};

std::string whole_answer(SoupServerMessage* message) {
  const guint status = soup_server_message_get_status(message);
  std::string text =
      "HTTP/1.1 " + std::to_string(status) + " " + soup_status_get_phrase(status) + "\r\n";
  SoupMessageHeadersIter headers;
  soup_message_headers_iter_init(&headers, soup_server_message_get_response_headers(message));
  const char* name = nullptr;
  const char* value = nullptr;
  while (soup_message_headers_iter_next(&headers, &name, &value)) {
    if (g_ascii_strcasecmp(name, "Content-Length") == 0) continue;
    text += std::string(name) + ": " + value + "\r\n";
  }
  g_autoptr(GBytes) body =
      soup_message_body_flatten(soup_server_message_get_response_body(message));
  gsize size = 0;
  const auto* const bytes = static_cast<const char*>(g_bytes_get_data(body, &size));
  return text + "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
         (size > 0 ? std::string(bytes, size) : std::string());
}

void read_on(std::unique_ptr<Closing> closing);

void have_read(GObject* input, GAsyncResult* result, gpointer data) {
  std::unique_ptr<Closing> closing(static_cast<Closing*>(data));
  g_autoptr(GBytes) bytes =
      g_input_stream_read_bytes_finish(G_INPUT_STREAM(input), result, nullptr);
  const bool goes_on = bytes != nullptr && g_bytes_get_size(bytes) > 0;
  if (goes_on) {
    read_on(std::move(closing));
  } else {
    g_io_stream_close(closing->stream.get(), nullptr, nullptr);
  }
}

void read_on(std::unique_ptr<Closing> closing) {
  GInputStream* const input = g_io_stream_get_input_stream(closing->stream.get());
  GCancellable* const cancellable = closing->reading.get();
  g_input_stream_read_bytes_async(input, kThrownAwayAtOnce, G_PRIORITY_LOW, cancellable, have_read,
                                  closing.release());
}

void have_written(GObject* output, GAsyncResult* result, gpointer data) {
  std::unique_ptr<Closing> closing(static_cast<Closing*>(data));
  if (g_output_stream_write_all_finish(G_OUTPUT_STREAM(output), result, nullptr, nullptr) ==
      FALSE) {
    g_io_stream_close(closing->stream.get(), nullptr, nullptr);
    return;
  }
  read_on(std::move(closing));
}

}  // namespace

void answer_and_close(SoupServerMessage* message) {
  auto closing = std::make_unique<Closing>();
  closing->answer = whole_answer(message);
  closing->stream.reset(soup_server_message_steal_connection(message));
  if (!closing->stream) return;
  const auto be_late = [](gpointer data) -> gboolean {
    auto* const late = static_cast<Closing*>(data);
    late->time_limit.forget();
    g_cancellable_cancel(late->reading.get());
    return G_SOURCE_REMOVE;
  };
  closing->time_limit = LoopSource(g_timeout_add_seconds(kMostSeconds, be_late, closing.get()));
  GOutputStream* const output = g_io_stream_get_output_stream(closing->stream.get());
  GCancellable* const cancellable = closing->reading.get();
  const std::string& answer = closing->answer;
  const void* const bytes = answer.data();
  const gsize size = answer.size();
  g_output_stream_write_all_async(output, bytes, size, G_PRIORITY_DEFAULT, cancellable,
                                  have_written, closing.release());
}

}  // namespace dali
