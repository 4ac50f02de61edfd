// What a container wrote, on disk, bounded: two files of half the limit each, the older one dropped when the newer is full. One JSON
// object a line, appended with one write, so a crash of the daemon loses nothing that a guest has written.
#pragma once

#include <mutex>

#include "daemon/files.h"

namespace umber::daemon {

/// Thread-safe.
class LogFile {
 public:
  LogFile(fs::path path, uint64_t limit_bytes);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  /// Holds from the next line on.
  void set_limit(uint64_t limit_bytes);
  /// `stream`: 1 or 2. Whole lines are stored as they become complete; `flush` stores the rest.
  void append(int stream, std::span<const uint8_t> bytes);
  void flush();
  /// Lines with a time after `since` (as in timestamp()), oldest first. `position`: pass what the call before returned there, or 0.
  [[nodiscard]] std::string read(const std::string& since, uint64_t& position) const;
  void remove();

 private:
  void store_line(int stream, std::string_view text);
  void open_current();

  const fs::path path_;
  uint64_t limit_;
  mutable std::mutex mutex_;
  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t base_ = 0;  ///< bytes that were in files before the current one
  std::string partial_[2];
};

}  // namespace umber::daemon
