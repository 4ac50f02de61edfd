#include "daemon/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/sha256.h"

namespace umber::daemon {

namespace {

constexpr std::string_view kTemporary = ".tmp-";

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw Failure(500, what + " " + path.string() + ": " + std::strerror(errno));
}

/// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

void sync_directory(const fs::path& directory) {
  const Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || fsync(fd.get()) != 0) fail("cannot sync", directory);
}

void write_all(int fd, std::span<const uint8_t> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write", path);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

}  // namespace

void write_durably(const fs::path& path, std::span<const uint8_t> bytes) {
  const fs::path temporary = path.parent_path() / (std::string(kTemporary) + random_hex(8));
  {
    const Descriptor fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd.get() < 0) fail("cannot create", temporary);
    try {
      write_all(fd.get(), bytes, temporary);
      if (fsync(fd.get()) != 0) fail("cannot sync", temporary);
    } catch (...) {
      unlink(temporary.c_str());
      throw;
    }
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    unlink(temporary.c_str());
    fail("cannot rename to", path);
  }
  sync_directory(path.parent_path());
}

void write_durably(const fs::path& path, std::string_view text) {
  write_durably(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

void remove_durably(const fs::path& path) {
  if (unlink(path.c_str()) == 0) sync_directory(path.parent_path());
}

Bytes read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Failure(404, "cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Mapping::Mapping(const fs::path& path) {
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat attributes;
  if (fd.get() < 0 || fstat(fd.get(), &attributes) != 0) throw Failure(404, "cannot read " + path.string());
  if (attributes.st_size == 0) return;
  const auto size = static_cast<size_t>(attributes.st_size);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (memory == MAP_FAILED) fail("cannot map", path);
  bytes_ = {static_cast<const uint8_t*>(memory), size};
}

Mapping::~Mapping() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

void Mapping::make_executable() {
  if (mprotect(const_cast<uint8_t*>(bytes_.data()), bytes_.size(), PROT_READ | PROT_EXEC) != 0)
    throw Failure(500, std::string("a compiled image cannot be made executable: ") + std::strerror(errno));
}

void remove_temporaries(const fs::path& directory) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored))
    if (entry.path().filename().string().starts_with(kTemporary)) fs::remove(entry.path(), ignored);
}

std::string hex(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string digest_of(std::span<const uint8_t> bytes) { return "sha256:" + hex(Sha256::of(bytes)); }

std::string random_hex(size_t count) {
  Bytes bytes(count);
  if (getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) throw Failure(500, "no random numbers");
  return hex(bytes);
}

std::string timestamp() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts;
  gmtime_r(&now.tv_sec, &parts);
  char text[64];
  const size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%06ldZ", now.tv_nsec / 1000);
  return text;
}

bool is_name(std::string_view text, bool is_image) {
  if (text.empty() || text.size() > 200 || text[0] == '.' || text[0] == '/' || text.find("..") != std::string_view::npos) return false;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
    if (!plain && !(is_image && (c == ':' || c == '/'))) return false;
  }
  return true;
}

}  // namespace umber::daemon
