// A guest's file descriptors: small numbers, each with a file and the rights to use it. New descriptors get the lowest
// free number, as programs that think in POSIX expect. The table never has more entries than its limit.
#pragma once

#include "base/vec.h"
#include "wasi/platform.h"

namespace umber::wasi {

/// What a directory may be used for, whatever the rights say.
enum class Access : uint8_t { ReadWrite, ReadOnly };

/// What each type of file can have, and so the most that opening one gives
/// (the specification: fewer rights than asked for, if and only if they do not apply to the type of the file).
inline constexpr Rights kDirectoryRights =
    Right::PathCreateDirectory | Right::PathCreateFile | Right::PathLinkSource | Right::PathLinkTarget | Right::PathOpen |
    Right::FdReaddir | Right::PathReadlink | Right::PathRenameSource | Right::PathRenameTarget | Right::PathFilestatGet |
    Right::PathFilestatSetSize | Right::PathFilestatSetTimes | Right::FdFilestatGet | Right::FdFilestatSetTimes |
    Right::PathSymlink | Right::PathRemoveDirectory | Right::PathUnlinkFile | Right::FdSync | Right::FdDatasync |
    Right::FdFdstatSetFlags;
inline constexpr Rights kRegularFileRights =
    Right::FdDatasync | Right::FdRead | Right::FdSeek | Right::FdFdstatSetFlags | Right::FdSync | Right::FdTell |
    Right::FdWrite | Right::FdAdvise | Right::FdAllocate | Right::FdFilestatGet | Right::FdFilestatSetSize |
    Right::FdFilestatSetTimes | Right::PollFdReadwrite;
/// Terminals, pipes and other devices.
inline constexpr Rights kStreamRights = Right::FdRead | Right::FdWrite | Right::FdFdstatSetFlags | Right::FdFilestatGet |
                                        Right::FdSync | Right::FdDatasync | Right::PollFdReadwrite;
inline constexpr Rights kSocketRights = Right::FdRead | Right::FdWrite | Right::FdFdstatSetFlags | Right::FdFilestatGet |
                                        Right::PollFdReadwrite | Right::SockShutdown | Right::SockAccept;
/// What a preopened directory passes on.
inline constexpr Rights kInheritableRights = kDirectoryRights | kRegularFileRights | kSocketRights;

[[nodiscard]] constexpr Rights rights_of(FileType type) {
  switch (type) {
    case FileType::Directory: return kDirectoryRights;
    case FileType::RegularFile:
    case FileType::BlockDevice: return kRegularFileRights;
    case FileType::SocketDgram:
    case FileType::SocketStream: return kSocketRights;
    case FileType::CharacterDevice:
    case FileType::SymbolicLink:
    case FileType::Unknown: return kStreamRights;
  }
  return {};
}

/// Rights that change what is stored: refused with Rofs where Access is ReadOnly.
inline constexpr Rights kMutatingRights =
    Right::FdWrite | Right::FdAllocate | Right::FdFilestatSetSize | Right::FdFilestatSetTimes | Right::PathCreateDirectory |
    Right::PathCreateFile | Right::PathLinkSource | Right::PathLinkTarget | Right::PathRenameSource |
    Right::PathRenameTarget | Right::PathFilestatSetSize | Right::PathFilestatSetTimes | Right::PathSymlink |
    Right::PathRemoveDirectory | Right::PathUnlinkFile;

/// How long calls that block wait at most.
struct Patience {
  uint64_t read_ns = kWaitForever;
  uint64_t write_ns = kWaitForever;
};

/// What a preopened directory is called; the text lies behind it.
struct PreopenName {
  PreopenName* next;  ///< the list of whoever made it
  size_t size;
  [[nodiscard]] StringRef name() const { return {reinterpret_cast<const char*>(this + 1), size}; }
};

/// A device has many guests with a few of these each, so what only some have is behind a pointer.
struct Descriptor {
  File* file = nullptr;  ///< owned by the table; null: the number is free
  const PreopenName* preopen = nullptr;  ///< null: none; lives as long as the table's user says
  Patience* patience = nullptr;          ///< owned by the table; null: no limit was ever set
  Rights rights;
  Rights inheriting;
  FdFlags flags;
  Access access = Access::ReadWrite;

  /// Success when `needed` may be used: NotCapable without the right, Rofs when it is the access that forbids it.
  [[nodiscard]] Errno check(Rights needed) const {
    if (!rights.has(needed)) return Errno::NotCapable;
    if (access == Access::ReadOnly && needed.has_any(kMutatingRights)) return Errno::Rofs;
    return Errno::Success;
  }
};

/// A file that a call goes on using while it waits, when another thread may close the descriptor: the file is closed behind
/// the last use then.
struct FileUse {
  File* file = nullptr;
  FileUse* next = nullptr;
  bool closed = false;
};

class FdTable {
 public:
  /// `max_fds`: numbers 0 … max_fds - 1; `max_sockets`: how many of them may be sockets.
  FdTable(Allocator& allocator, uint32_t max_fds, uint32_t max_sockets = UINT32_MAX)
      : entries_(allocator), max_fds_(max_fds), max_sockets_(max_sockets) {}
  FdTable(const FdTable&) = delete;
  FdTable& operator=(const FdTable&) = delete;
  ~FdTable() { close_all(); }

  /// Null when the number is free. Valid until the table changes.
  [[nodiscard]] Descriptor* find(Fd fd) {
    return fd < entries_.size() && entries_[fd].file != nullptr ? &entries_[fd] : nullptr;
  }
  /// The descriptor, if it is open and has the rights; else Badf, NotCapable or Rofs.
  [[nodiscard]] Errno get(Fd fd, Rights needed, Descriptor*& out) {
    out = find(fd);
    return out == nullptr ? Errno::Badf : out->check(needed);
  }
  /// From here to `drop` the file stays open whatever happens to its descriptor. `use` stays where it is.
  void hold(FileUse& use);
  void drop(FileUse& use);
  /// Takes the file. Mfile beyond the limit, NoMem; the file is then closed.
  [[nodiscard]] Errno insert(const Descriptor& descriptor, Fd& out);
  /// True when insert has room; so that a file is not created in vain.
  [[nodiscard]] bool has_room() const { return free_count_ > 0 || entries_.size() < max_fds_; }
  /// As has_room, for a socket.
  [[nodiscard]] bool has_socket_room() const;
  /// How long calls on `fd`, which is open, wait. Null when there is no memory.
  [[nodiscard]] Patience* patience_of(Fd fd);
  /// Closes and frees the number. Badf when it is free; else what closing the file says.
  Errno close(Fd fd);
  /// Moves `from` to `to`, closing what was there. Both must be open.
  Errno renumber(Fd from, Fd to);
  void close_all();
  /// Open descriptors.
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(entries_.size()) - free_count_; }

 private:
  Errno close_file(File& file);
  void clear(Descriptor& descriptor);
  [[nodiscard]] bool add_entry();

  Vec<Descriptor> entries_;
  FileUse* uses_ = nullptr;
  uint32_t max_fds_;
  uint32_t max_sockets_;
  uint32_t free_count_ = 0;   ///< free numbers below entries_.size()
  uint32_t lowest_free_ = 0;  ///< no number below it is free
};

/// A descriptor as it was when a call began, its file held until the call ends.
class HeldDescriptor {
 public:
  explicit HeldDescriptor(FdTable& table) : table_(table) {}
  HeldDescriptor(const HeldDescriptor&) = delete;
  HeldDescriptor& operator=(const HeldDescriptor&) = delete;
  ~HeldDescriptor() {
    if (use_.file != nullptr) table_.drop(use_);
  }
  /// As FdTable::get. Once.
  [[nodiscard]] Errno get(Fd fd, Rights needed) {
    Descriptor* found = table_.find(fd);
    if (found == nullptr) return Errno::Badf;
    hold(*found);
    return found->check(needed);
  }
  void hold(const Descriptor& descriptor) {
    descriptor_ = descriptor;
    if (descriptor.patience != nullptr) patience_ = *descriptor.patience;  // the number may be closed while we wait
    use_.file = descriptor.file;
    table_.hold(use_);
  }
  [[nodiscard]] const Descriptor* operator->() const { return &descriptor_; }
  [[nodiscard]] File& file() const { return *descriptor_.file; }
  /// How long a call may wait: not at all in non-blocking mode.
  [[nodiscard]] uint64_t patience(bool for_write) const {
    return descriptor_.flags.has(FdFlag::Nonblock) ? 0 : for_write ? patience_.write_ns : patience_.read_ns;
  }

 private:
  FdTable& table_;
  Descriptor descriptor_;
  Patience patience_;
  FileUse use_;
};

}  // namespace umber::wasi
