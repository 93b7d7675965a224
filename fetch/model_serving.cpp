// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/model_serving.h"

#include <memory>

#include "command/standard_streams.h"
#include "command/stop_signal.h"
#include "model/captioner/captioner.h"
#include "model/service/engine_server.h"
#include "model/service/model_socket.h"

namespace dali {

void serve_model(const ServingRequest& request) {
  // First, as a place where no socket can be is known at once, and a model takes its time. Clients
  // that come meanwhile wait.
  const ListeningSocket socket(request.socket);
  const std::shared_ptr<const CaptionEngine> engine =
      Captioner::load(request.model, {.device = request.device, .precision = request.precision});
  EngineServer server(*engine, {.threads = request.threads});
  server.accept_from(socket.descriptor());
  write_to_standard_output(request.socket.string() + ": serves " + engine->description() + "\n");
  StopSignal::wait();
}

}  // namespace dali
