// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/voice_command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "model/base/file_descriptor.h"
#include "model/base/in_quotes.h"
#include "model/base/one_line.h"

extern char** environ;

namespace dali {

const char* const kDefaultVoiceCommand =
    "espeak-ng --stdin --stdout -v \"$DALI_VOICE\" -s \"$DALI_WORDS_A_MINUTE\"";

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStepMs = 100;
constexpr int kStepAfterOutputMs = 1;         // whoever has nothing more to say is about to end
constexpr std::size_t kKeptComplaint = 2000;  // bytes of what the command says on standard error
constexpr int kNotFound = 127;                // the shell's exit status

[[noreturn]] void fail(const VoiceCommand& voice, const std::string& what) {
  throw VoiceError("the voice " + in_quotes(voice.command) + ' ' + what);
}

[[noreturn]] void fail_as(const VoiceCommand& voice, const char* what, int error) {
  fail(voice, std::string("cannot be started: ") + what + ": " + std::strerror(error));
}

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;
};

Pipe new_pipe(const VoiceCommand& voice) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_as(voice, "pipe", errno);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// As a file, which the command may read as late as it likes.
FileDescriptor file_of(const VoiceCommand& voice, const std::string& text) {
  FileDescriptor file(::memfd_create("text", MFD_CLOEXEC));
  const std::string line = text + '\n';
  if (!file.is_open() || ::write(file.get(), line.data(), line.size()) < 0 ||
      ::lseek(file.get(), 0, SEEK_SET) != 0) {
    fail_as(voice, "memory for its text", errno);
  }
  return file;
}

// Of a variable of the environment.
std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

// The shell that runs the command, and all that it starts: a group of processes of their own, which
// is killed in the end, whatever of it runs.
class Speaking {
 public:
  Speaking(const VoiceCommand& voice, const std::string& text, int words_a_minute, int out,
           int err) {
    std::vector<std::string> variables = {"DALI_VOICE=" + voice.voice,
                                          "DALI_WORDS_A_MINUTE=" + std::to_string(words_a_minute)};
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    // Of two variables of one name shells take the last, and programs the first.
    for (char** inherited = environ; *inherited != nullptr; ++inherited) {
      const std::string_view name = name_of(*inherited);
      const bool is_ours = std::ranges::any_of(
          variables, [&](const std::string& variable) { return name_of(variable) == name; });
      if (!is_ours) environment.push_back(*inherited);
    }
    environment.push_back(nullptr);
    std::string command = voice.command;
    std::array<char*, 4> arguments = {const_cast<char*>("sh"), const_cast<char*>("-c"),
                                      command.data(), nullptr};
    const FileDescriptor text_file = file_of(voice, text);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, text_file.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    // What this process ignores its voice does not: a shell has to wait for its commands.
    sigset_t unignored;
    ::sigemptyset(&unignored);
    for (const int signal : {SIGCHLD, SIGPIPE}) ::sigaddset(&unignored, signal);
    posix_spawnattr_setsigdefault(&attributes, &unignored);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int error = ::posix_spawn(&shell_, "/bin/sh", &actions, &attributes, arguments.data(),
                                    environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) fail_as(voice, "/bin/sh", error);
  }

  // Until it is waited for its number is nobody else's, but where ending() says otherwise.
  ~Speaking() {
    ::kill(-shell_, SIGKILL);
    while (::waitpid(shell_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Speaking(const Speaking&) = delete;
  Speaking& operator=(const Speaking&) = delete;

  // How the shell has ended; nothing while it runs.
  std::optional<siginfo_t> ending() const {
    siginfo_t ending{};
    const int result =
        ::waitid(P_PID, static_cast<id_t>(shell_), &ending, WEXITED | WNOHANG | WNOWAIT);
    if (result != 0 && errno == ECHILD) {
      // It has ended, and how it did is lost: a process that ignores SIGCHLD, or waits for any
      // child of its own, as one may that loads our plugin. What it wrote is what there is to go
      // by.
      ending = {};
      ending.si_code = CLD_EXITED;
      return ending;
    }
    if (result != 0 || ending.si_pid == 0) return std::nullopt;
    return ending;
  }

 private:
  pid_t shell_ = -1;
};

// Reads what there is. False at the end.
bool read_more(int descriptor, std::string& into) {
  std::array<char, 65536> bytes{};
  const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
  if (count > 0) into.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

[[noreturn]] void fail_as_ended(const VoiceCommand& voice, const siginfo_t& ending,
                                const std::string& complaint) {
  const std::string said = on_one_line(complaint);
  const std::string because = said.empty() ? "" : ": " + said;
  if (ending.si_code != CLD_EXITED) {
    fail(voice, std::string("was ended by a signal (") + ::strsignal(ending.si_status) + ")");
  }
  if (ending.si_status != kNotFound) {
    fail(voice, "failed with status " + std::to_string(ending.si_status) + because);
  }
  if (voice.command != kDefaultVoiceCommand) fail(voice, "is not there" + because);
  throw VoiceError(
      "espeak-ng, which speaks, is not installed: install Debian's package espeak-ng, or name "
      "another voice with --voice-command");
}

}  // namespace

std::string spoken_by(const VoiceCommand& voice, const std::string& text, int words_a_minute,
                      const std::function<bool()>& is_to_stop) {
  Pipe out = new_pipe(voice);
  Pipe err = new_pipe(voice);
  Speaking speaking(voice, text, words_a_minute, out.writing.get(), err.writing.get());
  out.writing = FileDescriptor();
  err.writing = FileDescriptor();
  const Clock::time_point last = Clock::now() + voice.patience;
  std::string sound;
  std::string complaint;
  std::array<pollfd, 2> waited = {{{.fd = out.reading.get(), .events = POLLIN, .revents = 0},
                                   {.fd = err.reading.get(), .events = POLLIN, .revents = 0}}};
  const auto is_open = [&] { return waited[0].fd >= 0 || waited[1].fd >= 0; };
  std::optional<siginfo_t> ending;
  while (is_open() || !(ending = speaking.ending())) {
    if (is_to_stop()) fail(voice, "was stopped");
    if (Clock::now() > last) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(voice.patience);
      fail(voice, "has not ended after " + std::to_string(seconds.count()) + " s");
    }
    // With nothing left to read this is a rest before the next look at the process.
    if (::poll(waited.data(), waited.size(), is_open() ? kStepMs : kStepAfterOutputMs) <= 0)
      continue;
    if (waited[0].revents != 0 && !read_more(waited[0].fd, sound)) waited[0].fd = -1;
    if (waited[1].revents != 0 && !read_more(waited[1].fd, complaint)) waited[1].fd = -1;
    if (sound.size() > voice.most_bytes) {
      fail(voice, "has written more than " + std::to_string(voice.most_bytes >> 20) +
                      " MiB for one sentence");
    }
    complaint.resize(std::min(complaint.size(), kKeptComplaint));
  }
  if (ending->si_code != CLD_EXITED || ending->si_status != 0) {
    fail_as_ended(voice, *ending, complaint);
  }
  if (sound.empty()) fail(voice, "wrote nothing");
  return sound;
}

}  // namespace dali
