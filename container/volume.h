// What a volume holds, and that it does not hold more. A volume outlives its containers and may be shared by several, so what is in it is
// counted for the volume, and each container's own limit says up to where that container may let it grow.
//
// Counted are names (files, directories, links: each costs an entry) and bytes: the size of each file in blocks of 4 KiB, holes
// included, and a block for each directory. So neither a sparse file, nor thousands of empty ones, nor a file that was
// unlinked and is still open gets anything for nothing. Every change is made under the volume's lock between two looks at
// the file; nothing but storage is waited for there.
#pragma once

#include "base/allocator.h"
#include "base/error.h"
#include "container/scheduler.h"
#include "runtime/platform.h"
#include "wasi/platform.h"

namespace umber::container {

struct VolumeUsage {
  uint64_t bytes = 0;
  uint64_t files = 0;  ///< names
};

/// How far a container may let a volume grow; what is in it already stays.
struct VolumeLimits {
  friend bool operator==(const VolumeLimits&, const VolumeLimits&) = default;
  uint64_t bytes = uint64_t{256} << 20;
  uint64_t files = 65'536;
};

/// What one object takes.
[[nodiscard]] constexpr uint64_t volume_cost(wasi::FileType type, uint64_t size) {
  constexpr uint64_t kBlock = 4096;
  if (type == wasi::FileType::Directory) return kBlock;
  return size > UINT64_MAX - kBlock ? UINT64_MAX : (size + kBlock - 1) / kBlock * kBlock;
}

/// Asked now and then by what may take long: whether to give up.
struct StopSign {
  bool (*raised)(void* state) = nullptr;
  void* state = nullptr;
  [[nodiscard]] bool is_raised() const { return raised != nullptr && raised(state); }
};

/// Thread-safe.
class Volume {
 public:
  /// The text and the lock outlive it.
  Volume(StringRef name, Monitor& lock) : name_(name), lock_(lock) {}
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  /// True for the one who is to count it now, and says so with end_count. False: it is counted, or `stop` was raised meanwhile.
  [[nodiscard]] bool begin_count(Clock& clock, const StopSign& stop);
  /// Null: it is not counted yet.
  void end_count(const VolumeUsage* counted);
  /// Makes a directory of it one that counts. Takes the file, which may not be open elsewhere; null when there is no memory.
  /// `limits` outlive the file.
  [[nodiscard]] wasi::File* wrap(Allocator& allocator, wasi::File& root, const VolumeLimits& limits);
  [[nodiscard]] VolumeUsage usage();

 private:
  friend class VolumeData;
  friend class VolumeDirectory;
  friend class VolumeTable;
  enum class Count : uint8_t { Unknown, Counting, Known };

  // All with the lock held.
  [[nodiscard]] bool may_add(const VolumeLimits& limits, uint64_t bytes, uint64_t files) const;
  void add(uint64_t bytes, uint64_t files);
  void subtract(uint64_t bytes, uint64_t files);
  /// A name is gone that `was`: its file too, unless it has other names or is open.
  void forget_name(const wasi::Filestat& was);
  [[nodiscard]] bool is_open(const wasi::Filestat& file) const;

  StringRef name_;
  Monitor& lock_;
  VolumeUsage used_;
  Count count_ = Count::Unknown;
  class VolumeData* open_files_ = nullptr;  ///< regular files that are open, of all containers
  uint32_t users_ = 0;                      ///< containers; guarded by the table's lock
  Volume* next_ = nullptr;                  ///< likewise
};

/// The volumes that the runtime's containers were granted, by name. Thread-safe.
class VolumeTable {
 public:
  VolumeTable(Allocator& allocator, Scheduler& scheduler, Monitor& lock) : allocator_(allocator), scheduler_(scheduler), lock_(lock) {}
  VolumeTable(const VolumeTable&) = delete;
  VolumeTable& operator=(const VolumeTable&) = delete;

  /// For a container's life; null when there is no memory.
  [[nodiscard]] Volume* acquire(StringRef name);
  void release(Volume& volume);
  /// Null for one that nobody has acquired.
  [[nodiscard]] Volume* find(StringRef name);

 private:
  [[nodiscard]] Volume* find_locked(StringRef name);

  Allocator& allocator_;
  Scheduler& scheduler_;
  Monitor& lock_;
  Volume* first_ = nullptr;
};

}  // namespace umber::container
