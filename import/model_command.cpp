// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/model_command.h"

#include <c10/util/Exception.h>

#include <map>
#include <new>
#include <stdexcept>

#include "command/command_line.h"
#include "command/narration.h"
#include "command/progress_line.h"
#include "command/stop_signal.h"
#include "model/base/in_quotes.h"

namespace dali {

at::ScalarType dtype_named(std::string_view name) {
  const std::map<std::string_view, at::ScalarType> dtypes = {
      {"bfloat16", at::kBFloat16}, {"float16", at::kHalf}, {"float32", at::kFloat}};
  const auto found = dtypes.find(name);
  if (found == dtypes.end()) {
    throw std::invalid_argument("there is no precision " + in_quotes(name));
  }
  return found->second;
}

void with_errors_in_one_line(const std::function<void()>& work) try {
  work();
} catch (const c10::Error& error) {
  throw std::runtime_error(error.what_without_backtrace());
} catch (const std::bad_alloc&) {
  throw std::runtime_error("not enough memory");
}

int run_model_command(const std::string& program, const std::function<void()>& body) {
  return run_command(program, [&] { with_errors_in_one_line(body); });
}

void write_with_progress(
    const std::filesystem::path& out, std::size_t tensors,
    const std::function<void(const std::function<void()>& after_tensor)>& write) {
  narrate("writes {}", out.string());
  ProgressLine progress("tensors", static_cast<int>(tensors));
  write([&] {
    progress.advance();
    if (StopSignal::received() != 0) {
      throw std::runtime_error("interrupted; nothing was written");
    }
  });
  progress.finish();
}

}  // namespace dali
