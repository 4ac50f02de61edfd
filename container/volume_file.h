// Files and directories of a volume: those of the port, with every change counted (volume.h). A file's bytes are given back when its last
// name is gone and nobody has it open any more, so open files are in a list of the volume's. What is neither file nor
// directory (the host may have put a pipe there) is handed out as it is: it takes nothing of the volume's.
#pragma once

#include "container/volume.h"

namespace umber::container {

/// What the files of one mount share.
struct VolumeAccess {
  Volume& volume;
  Allocator& allocator;
  const VolumeLimits& limits;
};

/// A regular file.
class VolumeData final : public wasi::File {
 public:
  /// With the volume's lock held; `stat`: of `inner`.
  VolumeData(const VolumeAccess& access, wasi::File& inner, const wasi::Filestat& stat, wasi::FdFlags flags);
  VolumeData(const VolumeData&) = delete;
  VolumeData& operator=(const VolumeData&) = delete;
  ~VolumeData() = default;

  [[nodiscard]] VolumeData* next() const { return next_; }
  [[nodiscard]] bool is(const wasi::Filestat& file) const { return file.ino == ino_ && file.dev == dev_; }

  wasi::Errno close() override;
  wasi::FileType type() const override { return inner_.type(); }
  int wait_handle() const override { return inner_.wait_handle(); }
  wasi::Errno stat(wasi::Filestat& out) override { return inner_.stat(out); }
  wasi::Errno set_times(const wasi::TimeChange& change) override { return inner_.set_times(change); }
  wasi::Errno set_flags(wasi::FdFlags flags) override;
  wasi::Errno sync(bool data_only) override { return inner_.sync(data_only); }
  wasi::Errno read(wasi::ReadParts parts, size_t& count) override { return inner_.read(parts, count); }
  wasi::Errno read_at(wasi::ReadParts parts, wasi::FileSize offset, size_t& count) override { return inner_.read_at(parts, offset, count); }
  wasi::Errno seek(wasi::FileDelta delta, wasi::Whence whence, wasi::FileSize& position) override { return inner_.seek(delta, whence, position); }
  wasi::Errno advise(wasi::FileSize offset, wasi::FileSize length, wasi::Advice advice) override { return inner_.advise(offset, length, advice); }
  wasi::Errno write(wasi::WriteParts parts, size_t& count) override;
  wasi::Errno write_at(wasi::WriteParts parts, wasi::FileSize offset, size_t& count) override;
  wasi::Errno resize(wasi::FileSize size) override;
  wasi::Errno allocate(wasi::FileSize offset, wasi::FileSize length) override;

 private:
  template <class Change>
  [[nodiscard]] wasi::Errno counted(wasi::FileSize end, Change change);
  [[nodiscard]] wasi::Errno begin_write(wasi::WriteParts parts, const wasi::FileSize* offset, wasi::FileSize& end);

  VolumeAccess access_;
  wasi::File& inner_;
  VolumeData* next_ = nullptr;
  uint64_t dev_, ino_;
  bool appends_;
};

class VolumeDirectory final : public wasi::File {
 public:
  VolumeDirectory(const VolumeAccess& access, wasi::File& inner) : access_(access), inner_(inner) {}
  VolumeDirectory(const VolumeDirectory&) = delete;
  VolumeDirectory& operator=(const VolumeDirectory&) = delete;
  ~VolumeDirectory() = default;

  wasi::Errno close() override;
  wasi::FileType type() const override { return wasi::FileType::Directory; }
  /// So nothing is renamed or linked into another volume, or a directory that is none.
  const void* file_system() const override { return &access_.volume; }
  wasi::Errno stat(wasi::Filestat& out) override { return inner_.stat(out); }
  wasi::Errno set_times(const wasi::TimeChange& change) override { return inner_.set_times(change); }
  wasi::Errno set_flags(wasi::FdFlags flags) override { return inner_.set_flags(flags); }
  wasi::Errno sync(bool data_only) override { return inner_.sync(data_only); }
  wasi::Errno stat_at(StringRef name, wasi::Filestat& out) override { return inner_.stat_at(name, out); }
  wasi::Errno set_times_at(StringRef name, const wasi::TimeChange& change) override { return inner_.set_times_at(name, change); }
  wasi::Errno readlink_at(StringRef name, std::span<char> out, size_t& length) override { return inner_.readlink_at(name, out, length); }
  wasi::Errno read_directory(wasi::DirCookie cookie, wasi::DirectorySink& sink) override { return inner_.read_directory(cookie, sink); }
  wasi::Errno open_at(StringRef name, const wasi::OpenOptions& options, wasi::File*& out) override;
  wasi::Errno open_beneath(StringRef path, const wasi::OpenOptions& options, wasi::LookupFlags lookup, wasi::File*& out) override;
  wasi::Errno create_directory_at(StringRef name) override;
  wasi::Errno remove_directory_at(StringRef name) override;
  wasi::Errno unlink_file_at(StringRef name) override;
  wasi::Errno rename_at(StringRef name, wasi::File& to, StringRef to_name) override;
  wasi::Errno link_at(StringRef name, wasi::File& to, StringRef to_name) override;
  wasi::Errno symlink_at(StringRef target, StringRef name) override;

 private:
  template <class Change>
  [[nodiscard]] wasi::Errno adding(uint64_t bytes, Change change);
  template <class Change>
  [[nodiscard]] wasi::Errno removing(StringRef name, Change change);
  [[nodiscard]] wasi::Errno wrap(wasi::File& opened, wasi::FdFlags flags, wasi::File*& out);
  [[nodiscard]] static wasi::File& inner_of(wasi::File& directory) { return static_cast<VolumeDirectory&>(directory).inner_; }

  VolumeAccess access_;
  wasi::File& inner_;
};

}  // namespace umber::container
