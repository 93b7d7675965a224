// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "command/status_line.h"
#include "fetch/catalogue.h"
#include "fetch/download.h"
#include "fetch/model_store.h"

namespace dali {

// Where files are looked for before their own addresses: folders, and addresses (https:// or
// http://), that have ENTRY/FILE as the catalogue names them.
using Mirrors = std::vector<std::string>;

// Throws std::invalid_argument for an address that is neither, and for a folder that is not there.
void check_mirrors(const Mirrors& mirrors);

// dali-import's options, as far as an entry of the catalogue gives them.
struct PublishedPaths {
  std::filesystem::path llava, vision, audio, prefix, projector;
};

struct FetchRequest {
  std::string name;       // of the entry
  std::string stored_as;  // empty: the same
  Mirrors mirrors;
  DownloadLimits limits;
  bool keeps_files = false;  // what a model was imported from
  // Makes a model folder of published files, when they are whole.
  std::function<void(const PublishedPaths& paths, const std::filesystem::path& out)> import;
};

// Fetches what is missing of an entry into the store, and makes the model of it. Files that came
// stay in NAME.part until all of it is done. Throws std::runtime_error in one line.
void fetch_entry(const Catalogue& catalogue, const ModelStore& store, const FetchRequest& request,
                 StatusLine& status);

// Compares a folder of an entry's files with what was published of them, and returns how many have
// no published checksum. Throws std::runtime_error naming the first that is missing or wrong.
int verify_files(const CatalogueEntry& entry, const std::filesystem::path& folder,
                 StatusLine& status);

}  // namespace dali
