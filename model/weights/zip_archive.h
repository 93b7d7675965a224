// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// A member of an archive; its bytes lie in the file as they are.
struct ZipMember {
  std::string_view name;
  std::size_t begin = 0;  // from the start of the file
  std::size_t size_bytes = 0;
};

// What a zip file holds, as long as nothing in it is compressed or encrypted: then its members can
// be used where they lie. Archives and members beyond 4 GiB (ZIP64) are read too. Checksums are not
// looked at: members may be larger than memory. The format: PKWARE's APPNOTE.TXT.
class ZipArchive {
 public:
  // Borrows `file`, all of it, for as long as the archive and the names are used.
  // Throws std::runtime_error "SOURCE: ..." in one line, naming the member where one is to blame,
  // when the file is cut short or malformed, when two members have one name or share bytes, and for
  // a member that is compressed or encrypted.
  static ZipArchive read(std::span<const char> file, const std::string& source);

  const std::vector<ZipMember>& members() const { return members_; }  // sorted by name
  const ZipMember* find(std::string_view name) const;                 // nullptr: there is none

 private:
  std::vector<ZipMember> members_;
};

}  // namespace dali
