#include "ports/containers/count_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/vec.h"
#include "ports/posix/convert.h"

namespace umber::posix {

using container::volume_cost;
using wasi::FileType;

namespace {

/// Walks down through a stack of names, and up through "..", so that depth costs neither descriptors nor native stack.
class TreeCounter {
 public:
  TreeCounter(Allocator& allocator, const container::StopSign& stop) : names_(allocator), linked_(allocator), stop_(stop) {}
  TreeCounter(const TreeCounter&) = delete;
  TreeCounter& operator=(const TreeCounter&) = delete;
  ~TreeCounter() {
    if (here_ >= 0) ::close(here_);
  }

  Status count(const char* path) {
    here_ = ::open(path, kFlags);
    if (here_ < 0) return io_error();
    UMBER_TRY(count_entries());
    while (!names_.empty()) {
      if (stop_.is_raised()) return Error::of(ErrorCode::LimitReached, "counting a volume was given up");
      UMBER_TRY(take_step());
    }
    add_linked();
    return {};
  }
  [[nodiscard]] const container::VolumeUsage& usage() const { return usage_; }

 private:
  static constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  struct Linked {
    uint64_t dev, ino, cost;
  };

  static Error io_error() { return Error::of(ErrorCode::Io, "cannot count a volume: ", std::strerror(errno)); }

  /// To the directory on top of the stack: its name with a zero in front and behind, or nothing between them for the way up.
  Status take_step() {
    const size_t end = names_.size() - 1;
    size_t begin = end;
    while (names_[begin - 1] != 0) --begin;
    const bool is_up = begin == end;
    const int next = ::openat(here_, is_up ? ".." : names_.data() + begin, kFlags);
    if (next < 0) return io_error();
    ::close(here_);
    here_ = next;
    names_.truncate(begin - 1);
    if (is_up) return {};
    UMBER_TRY(push(""));
    return count_entries();
  }

  Status push(const char* name) {
    const char zero = 0;
    if (!names_.push(zero) || !names_.append(std::span<const char>(name, std::strlen(name) + 1))) return Error::out_of_memory("counting a volume");
    return {};
  }

  /// Everything in the directory we are in; its directories go on the stack.
  Status count_entries() {
    const int copy = ::openat(here_, ".", kFlags);
    DIR* directory = copy < 0 ? nullptr : ::fdopendir(copy);
    if (directory == nullptr) {
      const Error error = io_error();
      if (copy >= 0) ::close(copy);
      return error;
    }
    Status status;
    while (const dirent* entry = status.ok() ? ::readdir(directory) : nullptr) {
      const StringRef name(entry->d_name);
      if (!(name == ".") && !(name == "..")) status = count_entry(entry->d_name);
    }
    ::closedir(directory);
    return status;
  }

  Status count_entry(const char* name) {
    struct stat attributes;
    if (::fstatat(here_, name, &attributes, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? Status() : io_error();
    const wasi::Filestat file = filestat_of(attributes);
    ++usage_.files;
    const uint64_t cost = volume_cost(file.filetype, file.size);
    if (file.filetype == FileType::Directory) {
      usage_.bytes += cost;
      return push(name);
    }
    if (file.nlink < 2)
      usage_.bytes += cost;
    else if (!linked_.push({file.dev, file.ino, cost}))
      return Error::out_of_memory("counting a volume");
    return {};
  }

  /// Files with several names, once each.
  void add_linked() {
    std::sort(linked_.begin(), linked_.end(), [](const Linked& a, const Linked& b) { return a.dev != b.dev ? a.dev < b.dev : a.ino < b.ino; });
    for (size_t i = 0; i < linked_.size(); ++i)
      if (i == 0 || linked_[i].ino != linked_[i - 1].ino || linked_[i].dev != linked_[i - 1].dev) usage_.bytes += linked_[i].cost;
  }

  int here_ = -1;
  Vec<char> names_;
  Vec<Linked> linked_;
  const container::StopSign& stop_;
  container::VolumeUsage usage_;
};

}  // namespace

Status count_tree(Allocator& allocator, const char* path, const container::StopSign& stop, container::VolumeUsage& out) {
  TreeCounter counter(allocator, stop);
  UMBER_TRY(counter.count(path));
  out = counter.usage();
  return {};
}

}  // namespace umber::posix
