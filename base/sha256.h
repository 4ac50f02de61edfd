// SHA-256 (FIPS 180-4), for digests of modules and images. Small rather than fast: a device hashes an image once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace umber {

using Sha256Digest = std::array<uint8_t, 32>;

class Sha256 {
 public:
  void update(std::span<const uint8_t> bytes);
  /// The digest of everything so far; the object is then used up.
  [[nodiscard]] Sha256Digest finish();

  [[nodiscard]] static Sha256Digest of(std::span<const uint8_t> bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
  }

 private:
  void compress(const uint8_t* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block_[64] = {};
  size_t filled_ = 0;
  uint64_t total_ = 0;
};

}  // namespace umber
