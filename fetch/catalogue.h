// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dali {

// A published file.
struct CatalogueFile {
  std::string name;                    // inside its entry's folder
  std::string address;                 // https; empty: none that is known to be right
  std::optional<std::uint64_t> bytes;  // exactly, where that is published
  double gigabytes = 0;                // about, for people; 0: small
  std::string sha256;                  // 64 hexadecimal digits; empty: not published
};

// What a model computes with, and what that takes: memory in GiB, seconds for a window.
struct CatalogueCost {
  std::string precision;  // "bfloat16"
  double memory_gib = 0;
  double window_seconds = 0;  // 0: not measured
};

// Something that can be fetched by its name: files as they were published, or a model that is made
// of the files of other entries, or the embedded model, which is there.
struct CatalogueEntry {
  enum class Kind { kFiles, kModel, kEmbedded };

  std::string name;
  std::string what;     // a sentence
  std::string licence;  // of the files
  std::string page;     // where a person reads about it, and finds what has no address here
  Kind kind = Kind::kFiles;
  std::vector<CatalogueFile> files;  // of kFiles
  std::vector<CatalogueCost> costs;  // of kModel

  // Of kModel: dali-import's options, as "ENTRY" or "ENTRY/FILE"; empty ones are not given.
  std::string llava, vision, audio, prefix, projector;
};

// The entries of kFiles that a model is made of, each once.
std::vector<std::string> parts_of(const CatalogueEntry& entry);

double gigabytes_of(const CatalogueEntry& entry);  // its own files, about

// A readable list of what can be fetched (models/catalogue.toml).
class Catalogue {
 public:
  // Throws std::runtime_error in one line naming the file: what is missing, unknown or of the wrong
  // form, two entries of one name, and a model whose parts are no entries.
  static Catalogue read(const std::filesystem::path& file);

  const std::vector<CatalogueEntry>& entries() const { return entries_; }
  // Throws std::runtime_error, with the nearest name there is.
  const CatalogueEntry& entry(const std::string& name) const;
  const CatalogueEntry* find(const std::string& name) const;  // nullptr: there is none

 private:
  std::vector<CatalogueEntry> entries_;
};

}  // namespace dali
