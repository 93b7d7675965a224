// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/checksum.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

namespace dali {
namespace {

constexpr std::size_t kReadBytes = std::size_t{4} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::string sha256_of(const std::filesystem::path& file,
                      const std::function<void(std::uint64_t)>& after_bytes) {
  const std::unique_ptr<std::FILE, CloseFile> stream(std::fopen(file.c_str(), "rbe"));
  if (stream == nullptr) {
    throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno));
  }
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("this machine's OpenSSL computes no SHA-256");
  }
  std::vector<char> buffer(kReadBytes);
  std::uint64_t bytes = 0;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stream.get())) {
    EVP_DigestUpdate(context.get(), buffer.data(), count);
    bytes += count;
    after_bytes(bytes);
  }
  if (std::ferror(stream.get()) != 0) {
    throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int digest_bytes = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &digest_bytes);
  std::string text;
  for (unsigned int i = 0; i < digest_bytes; ++i) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace dali
