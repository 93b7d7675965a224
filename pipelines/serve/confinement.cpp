// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/confinement.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace dali {
namespace {

struct FileClose {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FilterRelease {
  void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};

void require(int status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(-status));
}

// Sockets of this machine's own kind alone: a model that another process holds is reached by one.
// What could make another kind behind the filter's back goes as well.
std::vector<sock_filter> without_network() {
  const std::unique_ptr<void, FilterRelease> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) throw std::runtime_error("cannot make a filter of system calls");
  const auto refused = SCMP_ACT_ERRNO(EACCES);
  require(
      seccomp_rule_add(filter.get(), refused, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX)),
      "cannot filter sockets");
  for (const int call : {SCMP_SYS(io_uring_setup), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
                         SCMP_SYS(process_vm_writev), SCMP_SYS(bpf), SCMP_SYS(mount),
                         SCMP_SYS(keyctl), SCMP_SYS(userfaultfd)}) {
    require(seccomp_rule_add(filter.get(), refused, call, 0), "cannot filter system calls");
  }
  const std::unique_ptr<std::FILE, FileClose> file(std::tmpfile());
  if (!file) throw std::runtime_error("cannot make a temporary file");
  require(seccomp_export_bpf(filter.get(), ::fileno(file.get())), "cannot write a filter");
  std::vector<sock_filter> program;
  std::rewind(file.get());
  for (sock_filter step; std::fread(&step, sizeof step, 1, file.get()) == 1;) {
    program.push_back(step);
  }
  return program;
}

bool limit(int resource, rlim_t most) {
  rlimit present;
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &present) != 0) return false;
  if (present.rlim_max != RLIM_INFINITY && present.rlim_max < most) most = present.rlim_max;
  const rlimit wanted{.rlim_cur = most, .rlim_max = most};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) == 0;
}

}  // namespace

Confinement::Confinement(const Limits& limits) : limits_(limits) {
  if (!limits.may_use_network) system_calls_ = without_network();
}

bool Confinement::enter() const {
  if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  if (!limit(RLIMIT_CORE, 0)) return false;
  if (limits_.written_bytes != RLIM_INFINITY && !limit(RLIMIT_FSIZE, limits_.written_bytes)) {
    return false;
  }
  if (limits_.memory_bytes != RLIM_INFINITY && !limit(RLIMIT_AS, limits_.memory_bytes))
    return false;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (system_calls_.empty()) return true;
  const sock_fprog program{.len = static_cast<unsigned short>(system_calls_.size()),
                           .filter = const_cast<sock_filter*>(system_calls_.data())};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace dali
