// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/model_fetch.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "command/narration.h"
#include "command/stop_signal.h"
#include "model/base/file_replacement.h"
#include "model/base/in_quotes.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

bool is_address(std::string_view mirror) {
  return mirror.find("://") != std::string_view::npos;
}

// A path as part of an address: whatever is not plain in %XX.
std::string escaped(std::string_view path) {
  std::string text;
  for (const char letter : path) {
    const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                          (letter >= '0' && letter <= '9') ||
                          std::string_view("-._~/").find(letter) != std::string_view::npos;
    text += is_plain ? std::string(1, letter)
                     : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return text;
}

void check_room(const fs::path& folder, double gigabytes, const std::string& name) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  const auto free = static_cast<double>(space.available) / 1e9;
  if (error || free >= gigabytes) return;
  throw std::runtime_error(fmt::format("{}: {} takes {:.2f} GB, and only {:.2f} GB are free",
                                       folder.string(), name, gigabytes, free));
}

class EntryFetch {
 public:
  EntryFetch(const FetchRequest& request, StatusLine& status)
      : request_(request), status_(status) {}

  // All files of the entry, in `folder`, which is made.
  void fetch(const CatalogueEntry& entry, const fs::path& folder) {
    for (const CatalogueFile& file : entry.files) {
      const fs::path path = folder / file.name;
      std::error_code error;
      if (fs::is_regular_file(path, error)) {
        narrate("{} is there", path.string());
        continue;
      }
      fs::create_directories(path.parent_path(), error);
      if (error) throw FileError(path.parent_path(), "cannot be created: " + error.message());
      fetch_file(entry, file, path);
      status_.clear();
      fmt::print("{}/{}: {}{}\n", entry.name, file.name, bytes_text(fs::file_size(path)),
                 !file.sha256.empty() ? ", SHA-256 as published"
                 : file.bytes         ? ", as long as published; no checksum is published"
                                      : "; no size or checksum is published");
      std::fflush(stdout);
    }
  }

 private:
  void fetch_file(const CatalogueEntry& entry, const CatalogueFile& file, const fs::path& path) {
    const std::string place = entry.name + "/" + file.name;
    Download wanted{.address = {}, .path = path, .bytes = file.bytes, .sha256 = file.sha256};
    std::string missing;
    for (const std::string& mirror : request_.mirrors) {
      if (is_address(mirror)) {
        wanted.address = mirror + (mirror.ends_with("/") ? "" : "/") + escaped(place);
        narrate("fetches {}", wanted.address);
        return download(wanted, request_.limits, status_);
      }
      std::error_code error;
      const fs::path copy = fs::path(mirror) / place;
      if (fs::is_regular_file(copy, error)) {
        narrate("copies {}", copy.string());
        return take_copy(wanted, copy, status_);
      }
      missing = " (" + copy.string() + " is not there)";
    }
    if (file.address.empty()) {
      throw std::runtime_error(place + ": has no address in the catalogue" + missing +
                               (entry.page.empty() ? "" : "; it is published at " + entry.page) +
                               ": save it as DIR/" + place + " and fetch with --mirror DIR");
    }
    wanted.address = file.address;
    narrate("fetches {}", wanted.address);
    download(wanted, request_.limits, status_);
  }

  const FetchRequest& request_;
  StatusLine& status_;
};

// "ENTRY/FILE" or "ENTRY" below where the entries' files are.
fs::path located(const std::string& source, const std::function<fs::path(std::string)>& folder) {
  if (source.empty()) return {};
  const std::size_t slash = source.find('/');
  const fs::path entry = folder(source.substr(0, slash));
  return slash == std::string::npos ? entry : entry / source.substr(slash + 1);
}

}  // namespace

void check_mirrors(const Mirrors& mirrors) {
  for (const std::string& mirror : mirrors) {
    std::error_code error;
    if (is_address(mirror)) {
      if (mirror.starts_with("https://") || mirror.starts_with("http://")) continue;
      throw std::invalid_argument("--mirror " + mirror + ": neither https nor http, nor a folder");
    }
    if (!fs::is_directory(mirror, error)) {
      throw std::invalid_argument("--mirror " + mirror + ": no such folder");
    }
  }
}

void fetch_entry(const Catalogue& catalogue, const ModelStore& store, const FetchRequest& request,
                 StatusLine& status) {
  const CatalogueEntry& entry = catalogue.entry(request.name);
  const std::string& name = request.stored_as.empty() ? request.name : request.stored_as;
  const fs::path out = store.path_of(name);
  const auto is_there = [&] {
    if (!store.has(name)) return false;
    fmt::print("{} is there: {}\n", name, out.string());
    return true;
  };
  if (entry.kind == CatalogueEntry::Kind::kEmbedded) {
    fmt::print("{} comes with gst-dali; nothing has to be fetched\n", entry.name);
    return;
  }
  if (is_there()) return;
  const PartLock lock(store, name);
  if (is_there()) return;  // somebody else fetched it while this one waited
  EntryFetch files(request, status);
  if (entry.kind == CatalogueEntry::Kind::kFiles) {
    const fs::path folder = store.part_of(name) / entry.name;
    check_room(store.folder(),
               gigabytes_of(entry) - static_cast<double>(store.bytes_in_part(name)) / 1e9, name);
    files.fetch(entry, folder);
    sync_folder(folder);
    std::error_code error;
    fs::rename(folder, out, error);
    if (error) throw FileError(out, "cannot be renamed: " + error.message());
    fs::remove_all(store.part_of(name), error);
  } else {
    const auto folder_of = [&](const std::string& part) {
      return store.has(part) ? store.path_of(part) : store.part_of(name) / part;
    };
    double gigabytes = 0;
    for (const std::string& part : parts_of(entry)) {
      gigabytes += (store.has(part) ? 1 : 2) * gigabytes_of(catalogue.entry(part));
    }
    check_room(store.folder(), gigabytes - static_cast<double>(store.bytes_in_part(name)) / 1e9,
               name);
    for (const std::string& part : parts_of(entry)) {
      if (store.has(part)) {
        narrate("takes {}", store.path_of(part).string());
      } else {
        files.fetch(catalogue.entry(part), folder_of(part));
      }
    }
    request.import({.llava = located(entry.llava, folder_of),
                    .vision = located(entry.vision, folder_of),
                    .audio = located(entry.audio, folder_of),
                    .prefix = located(entry.prefix, folder_of),
                    .projector = located(entry.projector, folder_of)},
                   out);
    std::error_code ignored;
    if (!request.keeps_files) fs::remove_all(store.part_of(name), ignored);
  }
  sync_folder(store.folder());
  fmt::print("{} is complete: {}\n", name, out.string());
}

int verify_files(const CatalogueEntry& entry, const fs::path& folder, StatusLine& status) {
  int without_checksum = 0;
  for (const CatalogueFile& file : entry.files) {
    const fs::path path = folder / file.name;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      throw std::runtime_error(path.string() + ": is missing");
    }
    check_downloaded(
        path, {.address = {}, .path = path, .bytes = file.bytes, .sha256 = file.sha256}, status);
    if (file.sha256.empty()) ++without_checksum;
  }
  status.clear();
  return without_checksum;
}

}  // namespace dali
