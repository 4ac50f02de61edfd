// A module on the command line: a `.wasm` file mapped read-only, or text assembled to binary. What the file holds decides,
// not its name: everything that does not start with the binary magic is taken as text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace umber::cli {

class Input {
 public:
  Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  /// Opens `path`; on failure prints why on stderr and returns false.
  [[nodiscard]] bool open(const std::string& path);
  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  bool map(int fd, size_t size);

  std::string path_;
  std::span<const uint8_t> bytes_;
  std::vector<uint8_t> assembled_;
  void* mapping_ = nullptr;
  size_t mapping_size_ = 0;
};

}  // namespace umber::cli
