#include "daemon/log_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace umber::daemon {

namespace {

constexpr size_t kMaxLine = 8 * 1024;

std::string read_if_there(const fs::path& path) {
  if (!fs::exists(path)) return {};
  const Bytes bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

LogFile::LogFile(fs::path path, uint64_t limit_bytes) : path_(std::move(path)), limit_(limit_bytes) { open_current(); }

LogFile::~LogFile() {
  flush();
  if (fd_ >= 0) close(fd_);
}

void LogFile::open_current() {
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw Failure(500, "cannot open the log " + path_.string());
  struct stat attributes;
  size_ = fstat(fd_, &attributes) == 0 ? static_cast<uint64_t>(attributes.st_size) : 0;
}

void LogFile::set_limit(uint64_t limit_bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = limit_bytes;
}

void LogFile::append(int stream, std::span<const uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  std::string& partial = partial_[stream == 2];
  for (const uint8_t byte : bytes) {
    if (byte != '\n') partial += static_cast<char>(byte);
    if (byte != '\n' && partial.size() < kMaxLine) continue;
    store_line(stream, partial);
    partial.clear();
  }
}

void LogFile::flush() {
  const std::lock_guard lock(mutex_);
  for (const int stream : {1, 2}) {
    std::string& partial = partial_[stream == 2];
    if (!partial.empty()) store_line(stream, partial);
    partial.clear();
  }
}

void LogFile::store_line(int stream, std::string_view text) {
  const nlohmann::json line = {{"time", timestamp()}, {"stream", stream == 2 ? "stderr" : "stdout"}, {"text", text}};
  const std::string bytes = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (size_ + bytes.size() > limit_ / 2 && size_ > 0) {
    close(fd_);
    fs::rename(path_, path_.string() + ".1");
    base_ += size_;
    open_current();
  }
  if (write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) size_ += bytes.size();
}

std::string LogFile::read(const std::string& since, uint64_t& position) const {
  const std::lock_guard lock(mutex_);
  std::string text = position < base_ || position == 0 ? read_if_there(path_.string() + ".1") : std::string();
  std::string current = read_if_there(path_);
  if (position > base_) current.erase(0, std::min<uint64_t>(position - base_, current.size()));
  text += current;
  position = base_ + size_;
  if (since.empty()) return text;
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1);
    const std::string line = text.substr(begin, end - begin + 1);
    begin = end + 1;
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("time", "") > since) out += line;
  }
  return out;
}

void LogFile::remove() {
  const std::lock_guard lock(mutex_);
  std::error_code ignored;
  fs::remove(path_, ignored);
  fs::remove(path_.string() + ".1", ignored);
}

}  // namespace umber::daemon
