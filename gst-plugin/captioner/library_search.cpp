// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/library_search.h"

#include <dlfcn.h>
#include <link.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "model/base/installation.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

struct Closer {
  void operator()(void* handle) const { dlclose(handle); }
};
using LibraryHandle = std::unique_ptr<void, Closer>;

// The module that this function lies in; the program itself where that is no module.
LibraryHandle own_module() {
  Dl_info info;
  void* handle = nullptr;
  if (dladdr(reinterpret_cast<const void*>(&own_module), &info) != 0) {
    handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  }
  return LibraryHandle(handle != nullptr ? handle : dlopen(nullptr, RTLD_LAZY));
}

// As dlopen() of this module looks for it, in folders alone.
fs::path known_to_the_loader(const char* name) {
  const LibraryHandle module = own_module();
  Dl_serinfo size = {};
  if (!module || dlinfo(module.get(), RTLD_DI_SERINFOSIZE, &size) != 0) return {};
  std::vector<std::max_align_t> memory(size.dls_size / sizeof(std::max_align_t) + 1);
  auto* folders = reinterpret_cast<Dl_serinfo*>(memory.data());
  *folders = size;
  if (dlinfo(module.get(), RTLD_DI_SERINFO, folders) != 0) return {};
  for (unsigned index = 0; index < folders->dls_cnt; ++index) {
    fs::path file = fs::path(folders->dls_serpath[index].dls_name) / name;
    std::error_code error;
    if (fs::is_regular_file(file, error)) return file;
  }
  return {};
}

template <typename Value>
bool read_at(std::ifstream& file, std::streamoff offset, Value& value) {
  return static_cast<bool>(file.seekg(offset).read(reinterpret_cast<char*>(&value), sizeof(value)));
}

}  // namespace

fs::path found_library(const char* name) {
  // Before all others: of another build it would be refused.
  if (fs::path own = own_installed_file(InstalledFolder::kLibraries, name); !own.empty())
    return own;
  if (fs::path known = known_to_the_loader(name); !known.empty()) return known;
  fs::path configured = installed_file(InstalledFolder::kLibraries, name);
  std::error_code error;
  return fs::is_regular_file(configured, error) ? configured : fs::path();
}

bool is_cut_short(const fs::path& library) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(library, error);
  std::ifstream file(library, std::ios::binary);
  ElfW(Ehdr) header;
  // What is shorter than that, or no ELF file, the loader itself says in words.
  if (error || !read_at(file, 0, header)) return false;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  for (unsigned index = 0; index < header.e_phnum; ++index) {
    ElfW(Phdr) segment;
    const auto offset = static_cast<std::streamoff>(header.e_phoff + index * sizeof(segment));
    if (!read_at(file, offset, segment)) return true;
    if (segment.p_type == PT_LOAD && segment.p_offset + segment.p_filesz > bytes) return true;
  }
  return false;
}

}  // namespace dali
