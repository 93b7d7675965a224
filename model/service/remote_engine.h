// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "model/base/file_descriptor.h"
#include "model/captioner/caption_engine.h"
#include "model/service/message.h"

namespace dali {

// A model that another process has loaded and serves at a socket (EngineServer): this process needs
// neither LibTorch nor memory for weights. Where it computes and in what precision was chosen
// there; a request's threads are granted up to the server's own.
//
// Every describe() has a connection of its own while it runs, and connections are kept for the
// next. A server that has gone fails the windows that it had, and each that comes meanwhile; once
// another one is there, it is asked. Threads: as CaptionEngine has it.
class RemoteEngine final : public CaptionEngine {
 public:
  // Makes a connection; throws CaptionError. Called from any thread, also later.
  using Connect = std::function<FileDescriptor()>;

  // The socket in the file system that the model is served at. Throws CaptionError naming it when
  // nobody serves there, or nobody whom this understands.
  explicit RemoteEngine(const std::filesystem::path& socket);
  // `name`: what errors begin with.
  RemoteEngine(std::string name, Connect connect);

  std::string model_name() const override;  // of the server that was connected to last
  std::string description() const override;
  std::string precision() const override;
  std::shared_ptr<const SourceClasses> source_classes() const override;

  // Beside what CaptionEngine says, throws CaptionError when the server goes meanwhile, or is not
  // there. A server that does not answer holds it until `stop`, as a slow model does.
  Caption describe(const Window& window, const CaptionRequest& request,
                   std::stop_token stop) const override;

  // The server's, for whom each client's windows are some among others'.
  int windows_at_once() const override;
  std::vector<Described> describe_together(
      std::span<const WindowToDescribe> windows) const override;

 private:
  FileDescriptor connection(int interruption) const;
  Caption ask(const Message& question, const std::stop_token& stop) const;
  Welcome welcome() const;

  const std::string name_;
  const Connect connect_;
  mutable std::mutex mutex_;                  // guards what follows
  mutable Welcome welcome_;                   // the latest
  mutable std::vector<FileDescriptor> idle_;  // connections that nobody uses
};

}  // namespace dali
