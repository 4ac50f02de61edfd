// Files that survive a power cut: everything is written to a temporary name, synced, and renamed, so that a reader finds the old or
// the new content, complete. Host code; errors are exceptions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace umber::daemon {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

/// What a request got wrong or what does not work; the API turns it into a status and a sentence.
struct Failure : std::runtime_error {
  Failure(int http_status, const std::string& sentence) : std::runtime_error(sentence), status(http_status) {}
  int status;
};

/// Creates or replaces `path`, durably.
void write_durably(const fs::path& path, std::span<const uint8_t> bytes);
void write_durably(const fs::path& path, std::string_view text);
/// Removes the name, durably; no error when it is not there.
void remove_durably(const fs::path& path);
/// Failure 404 when it cannot be read.
[[nodiscard]] Bytes read_file(const fs::path& path);
/// A file's bytes in place, executable if asked: a compiled image runs where it lies. Files of ours are never written twice.
class Mapping {
 public:
  Mapping() = default;
  /// Failure 404 when it cannot be read, 500 when it cannot be mapped.
  explicit Mapping(const fs::path& path);
  Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping();
  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }
  void make_executable();

 private:
  std::span<const uint8_t> bytes_;
};

/// What a crash left behind: temporary files of `directory`.
void remove_temporaries(const fs::path& directory);

[[nodiscard]] std::string hex(std::span<const uint8_t> bytes);
/// "sha256:…"
[[nodiscard]] std::string digest_of(std::span<const uint8_t> bytes);
/// `count` random bytes in hexadecimal.
[[nodiscard]] std::string random_hex(size_t count);
/// Seconds and nanoseconds of the realtime clock as RFC 3339 in UTC.
[[nodiscard]] std::string timestamp();
/// A name of ours: letters, digits, '_', '-', '.', ':', '/' (for images), not beginning with a dot or slash, no "..".
[[nodiscard]] bool is_name(std::string_view text, bool is_image);

}  // namespace umber::daemon
