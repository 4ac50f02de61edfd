// Regular files, and streams: terminals, pipes, devices. Data goes between guest memory and the system without a copy.
#include <unistd.h>

#include <cerrno>

#include "ports/posix/convert.h"
#include "ports/posix/descriptor.h"
#include "ports/posix/parts.h"
#include "ports/posix/system.h"

namespace umber::posix {

using wasi::Errno;
using wasi::FdFlags;
using wasi::FileSize;
using wasi::FileType;

namespace {

constexpr int kSeekOrigins[] = {SEEK_SET, SEEK_CUR, SEEK_END};

class DataFile final : public wasi::File {
 public:
  DataFile(const FileContext& context, Descriptor descriptor, FileType type)
      : context_(context), descriptor_(descriptor), type_(type) {}
  ~DataFile() = default;

  Errno close() override {
    const Errno error = descriptor_.close();
    context_.allocator->destroy(this);
    return error;
  }
  FileType type() const override { return type_; }
  int wait_handle() const override { return is_storage() ? -1 : descriptor_.fd(); }

  Errno stat(wasi::Filestat& out) override { return descriptor_.stat(out); }
  Errno set_times(const wasi::TimeChange& change) override { return descriptor_.set_times(change); }
  Errno sync(bool data_only) override { return descriptor_.sync(data_only); }
  Errno set_flags(FdFlags flags) override {
    flags_ = flags;
    return Errno::Success;
  }

  Errno read(wasi::ReadParts parts, size_t& count) override {
    const IoVectors vectors(parts);
    return transferred(uninterrupted([&] {
                         return is_storage() ? readv(fd(), vectors.data(), vectors.size())
                                             : read_now(fd(), vectors.data(), vectors.size());
                       }),
                       count);
  }
  Errno write(wasi::WriteParts parts, size_t& count) override {
    const IoVectors vectors(parts);
    return transferred(uninterrupted([&] {
                         return is_storage() ? write_with_flags(fd(), vectors.data(), vectors.size(), flags_)
                                             : write_now(fd(), vectors.data(), vectors.size());
                       }),
                       count);
  }
  Errno read_at(wasi::ReadParts parts, FileSize offset, size_t& count) override {
    const IoVectors vectors(parts);
    const auto at = static_cast<off_t>(offset);
    return transferred(uninterrupted([&] { return preadv(fd(), vectors.data(), vectors.size(), at); }), count);
  }
  Errno write_at(wasi::WriteParts parts, FileSize offset, size_t& count) override {
    const IoVectors vectors(parts);
    const auto at = static_cast<off_t>(offset);
    return transferred(uninterrupted([&] { return pwritev(fd(), vectors.data(), vectors.size(), at); }), count);
  }
  Errno seek(wasi::FileDelta delta, wasi::Whence whence, FileSize& position) override {
    const off_t result = lseek(fd(), delta, kSeekOrigins[static_cast<size_t>(whence)]);
    if (result < 0) return errno_of(errno);
    position = static_cast<FileSize>(result);
    return Errno::Success;
  }
  Errno resize(FileSize size) override {
    return result_of(uninterrupted([&] { return ftruncate(fd(), static_cast<off_t>(size)); }));
  }
  Errno allocate(FileSize offset, FileSize length) override {
    return errno_of(posix::allocate(fd(), static_cast<int64_t>(offset), static_cast<int64_t>(length)));
  }
  Errno advise(FileSize offset, FileSize length, wasi::Advice advice) override {
    return errno_of(posix::advise(fd(), static_cast<int64_t>(offset), static_cast<int64_t>(length), advice));
  }

 private:
  [[nodiscard]] int fd() const { return descriptor_.fd(); }
  /// Always ready, unlike a stream.
  [[nodiscard]] bool is_storage() const { return type_ == FileType::RegularFile || type_ == FileType::BlockDevice; }

  FileContext context_;
  Descriptor descriptor_;
  FileType type_;
  FdFlags flags_;
};

}  // namespace

wasi::File* make_data_file(const FileContext& context, Descriptor descriptor, FileType type) {
  return context.allocator->create<DataFile>(context, descriptor, type);
}

}  // namespace umber::posix
