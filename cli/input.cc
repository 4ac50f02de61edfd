#include "cli/input.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aot/image/image.h"
#include "cli/report.h"
#include "spec-tests/text/assemble.h"

namespace umber::cli {
namespace {

bool is_binary(std::span<const uint8_t> bytes) { return bytes.size() >= 4 && std::memcmp(bytes.data(), "\0asm", 4) == 0; }

/// Bytes that can start neither a text module nor a binary one are better called what they are.
bool looks_like_text(std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes.first(bytes.size() < 64 ? bytes.size() : 64))
    if (byte == 0) return false;
  return !bytes.empty();
}

}  // namespace

Input::~Input() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
}

bool Input::map(int fd, size_t size) {
  if (size == 0) return true;
  void* mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (mapping == MAP_FAILED) return false;
  mapping_ = mapping;
  mapping_size_ = size;
  bytes_ = {static_cast<const uint8_t*>(mapping), size};
  return true;
}

bool Input::open(const std::string& path) {
  path_ = path;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  const bool readable = fd >= 0 && fstat(fd, &status) == 0;
  if (readable && !S_ISREG(status.st_mode)) {
    report_error(path, "not a regular file");
    close(fd);
    return false;
  }
  const bool mapped = readable && map(fd, static_cast<size_t>(status.st_size));
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!mapped) {
    report_error(path, std::strerror(error));
    return false;
  }
  if (aot::is_image(bytes_)) {
    // It runs where it is mapped.
    if (mprotect(mapping_, mapping_size_, PROT_READ | PROT_EXEC) == 0) return true;
    report_error(path, "its code can't be mapped executable");
    return false;
  }
  if (is_binary(bytes_)) return true;
  if (!looks_like_text(bytes_)) {
    report_error(path, "neither a WebAssembly module (it does not start with \"\\0asm\") nor text");
    return false;
  }
  text::TextResult<std::vector<uint8_t>> assembled =
      text::assemble({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
  if (!assembled.ok()) {
    const text::TextError& error = assembled.error();
    report_error(path + ":" + std::to_string(error.line) + ":" + std::to_string(error.column), error.message);
    return false;
  }
  assembled_ = std::move(assembled).value();
  bytes_ = assembled_;
  return true;
}

}  // namespace umber::cli
