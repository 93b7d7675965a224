// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "command/option_description.h"

namespace dali {

// The keys that a training executable understands, bound to the fields of its configuration struct.
// One declaration of a key serves the TOML file, `key=value` on the command line, `--help` and the
// copy of the configuration written beside the results. Borrows the fields: the struct outlives it.
// Errors are std::invalid_argument in one line that names the key, and the file where there is one.
class ConfigFields {
 public:
  using Field =
      std::variant<int*, std::uint64_t*, double*, bool*, std::string*, std::filesystem::path*>;

  // Whether a run that goes on from a checkpoint may do so with another value.
  enum class OnResume { kMustMatch, kMayChange };

  // `help` states meaning, unit and range; the field's present value is the default.
  void add(std::string_view key, Field field, std::string_view help,
           OnResume on_resume = OnResume::kMustMatch);

  // The same for a key without which there is nothing to do: whose default, an empty text or path
  // or 0, is no value. `unless` names keys, separated by commas, any of whose
  // values makes it dispensable.
  void add_required(std::string_view key, Field field, std::string_view help,
                    std::string_view unless = {});

  // Throws when such keys have no value yet.
  void check_required() const;

  // The keys that are true or false.
  std::vector<std::string> switches() const;

  // Reads "key = value" lines; tables are not used. Relative paths are taken as they stand.
  void read_toml_file(const std::filesystem::path& file);

  // One "key=value" as typed on the command line; `value` needs no quotes.
  void assign(std::string_view assignment);

  // An entry a key: name, default, help.
  std::string help() const;

  // The same for the programs that make completions and manual pages.
  std::vector<DescribedKey> described() const;

  // All keys with their present values, readable by read_toml_file().
  std::string to_toml() const;

  // The keys that must match on resuming and whose value in `file`, which to_toml() wrote, is
  // another than now. Keys that the file lacks have not changed; a missing file has none.
  std::vector<std::string> keys_changed_since(const std::filesystem::path& file) const;

 private:
  struct Entry {
    std::string key;
    Field field;
    std::string help;
    OnResume on_resume;
    bool is_required;
    std::string unless;  // of a required one
  };
  // Whether it is required, and has no value yet.
  bool is_missing(const Entry& entry) const;

  // The entry named `key`; throws, naming the nearest key, when there is none.
  Entry& find(std::string_view key, std::string_view where);

  std::vector<Entry> entries_;
};

}  // namespace dali
