// Parts of a read or write as POSIX's iovec.
#pragma once

#include <sys/uio.h>

#include <cerrno>
#include <span>

#include "ports/posix/convert.h"

namespace umber::posix {

/// The first kMax parts; a short transfer is normal, so callers come back for the rest.
class IoVectors {
 public:
  static constexpr size_t kMax = 64;

  template <class Part>
  explicit IoVectors(std::span<const Part> parts) {
    size_ = static_cast<int>(parts.size() < kMax ? parts.size() : kMax);
    for (int i = 0; i < size_; ++i)
      vectors_[i] = {const_cast<uint8_t*>(parts[static_cast<size_t>(i)].data), parts[static_cast<size_t>(i)].size};
  }
  [[nodiscard]] const iovec* data() const { return vectors_; }
  [[nodiscard]] iovec* data() { return vectors_; }
  [[nodiscard]] int size() const { return size_; }

 private:
  int size_;
  iovec vectors_[kMax];
};

/// From a byte count or -1.
inline wasi::Errno transferred(ssize_t result, size_t& count) {
  if (result < 0) return errno_of(errno);
  count = static_cast<size_t>(result);
  return wasi::Errno::Success;
}

}  // namespace umber::posix
