#include "container/volume.h"

#include <cstring>

#include "container/volume_file.h"

namespace umber::container {

using wasi::File;
using wasi::Filestat;

bool Volume::begin_count(Clock& clock, const StopSign& stop) {
  constexpr uint64_t kLookNs = 2'000'000;
  Locked locked(lock_);
  while (count_ == Count::Counting && !stop.is_raised()) lock_.wait_until(clock.now_ns() + kLookNs);
  if (count_ != Count::Unknown || stop.is_raised()) return false;
  count_ = Count::Counting;
  return true;
}

void Volume::end_count(const VolumeUsage* counted) {
  Locked locked(lock_);
  if (counted != nullptr) used_ = *counted;
  count_ = counted != nullptr ? Count::Known : Count::Unknown;
  lock_.notify_all();
}

File* Volume::wrap(Allocator& allocator, File& root, const VolumeLimits& limits) {
  File* wrapped = allocator.create<VolumeDirectory>(VolumeAccess{*this, allocator, limits}, root);
  if (wrapped == nullptr) root.close();
  return wrapped;
}

VolumeUsage Volume::usage() {
  Locked locked(lock_);
  return used_;
}

bool Volume::may_add(const VolumeLimits& limits, uint64_t bytes, uint64_t files) const {
  const auto fits = [](uint64_t used, uint64_t more, uint64_t limit) { return more == 0 || (more <= limit && used <= limit - more); };
  return fits(used_.bytes, bytes, limits.bytes) && fits(used_.files, files, limits.files);
}

void Volume::add(uint64_t bytes, uint64_t files) {
  used_.bytes += bytes;
  used_.files += files;
}

/// What somebody else made in the volume's directory was never added.
void Volume::subtract(uint64_t bytes, uint64_t files) {
  used_.bytes -= bytes < used_.bytes ? bytes : used_.bytes;
  used_.files -= files < used_.files ? files : used_.files;
}

bool Volume::is_open(const Filestat& file) const {
  for (const VolumeData* each = open_files_; each != nullptr; each = each->next())
    if (each->is(file)) return true;
  return false;
}

void Volume::forget_name(const Filestat& was) {
  const bool is_last = was.filetype == wasi::FileType::Directory || (was.nlink <= 1 && !is_open(was));
  subtract(is_last ? volume_cost(was.filetype, was.size) : 0, 1);
}

// -- The table ------------------------------------------------------------------------------------------------------------

Volume* VolumeTable::find_locked(StringRef name) {
  Volume* volume = first_;
  while (volume != nullptr && !(volume->name_ == name)) volume = volume->next_;
  return volume;
}

Volume* VolumeTable::find(StringRef name) {
  Locked locked(lock_);
  return find_locked(name);
}

Volume* VolumeTable::acquire(StringRef name) {
  Locked locked(lock_);
  Volume* volume = find_locked(name);
  if (volume == nullptr) {
    Monitor* lock = scheduler_.create_monitor();
    auto* memory = static_cast<char*>(lock == nullptr ? nullptr : allocator_.allocate(sizeof(Volume) + name.size(), alignof(Volume)));
    if (memory == nullptr) {
      if (lock != nullptr) scheduler_.destroy_monitor(lock);
      return nullptr;
    }
    std::memcpy(memory + sizeof(Volume), name.data(), name.size());
    volume = new (memory) Volume({memory + sizeof(Volume), name.size()}, *lock);
    volume->next_ = first_;
    first_ = volume;
  }
  ++volume->users_;
  return volume;
}

void VolumeTable::release(Volume& volume) {
  Locked locked(lock_);
  if (--volume.users_ > 0) return;
  Volume** link = &first_;
  while (*link != &volume) link = &(*link)->next_;
  *link = volume.next_;
  Monitor& lock = volume.lock_;
  const size_t size = sizeof(Volume) + volume.name_.size();
  volume.~Volume();
  allocator_.release(&volume, size, alignof(Volume));
  scheduler_.destroy_monitor(&lock);
}

}  // namespace umber::container
