// Reading, writing, seeking, and listing directories.
#include "wasi/arguments.h"
#include "wasi/iovecs.h"
#include "wasi/wait.h"

namespace umber::wasi::calls {

namespace {

/// Packs entries the way fd_readdir hands them out: header, name, next; the last one is cut where the buffer ends.
class DirentWriter final : public DirectorySink {
 public:
  explicit DirentWriter(Buffer buffer) : left_(buffer.bytes()) {}

  bool take(const DirectoryEntry& entry) override {
    Dirent header{};
    header.d_next = entry.next;
    header.d_ino = entry.ino;
    header.d_namlen = static_cast<uint32_t>(entry.name.size());
    header.d_type = entry.type;
    append(&header, sizeof header);
    append(entry.name.data(), entry.name.size());
    return !left_.empty();
  }
  [[nodiscard]] size_t left() const { return left_.size(); }

 private:
  void append(const void* bytes, size_t size) {
    if (size > left_.size()) size = left_.size();
    if (size > 0) std::memcpy(left_.data(), bytes, size);
    left_ = left_.subspan(size);
  }
  std::span<uint8_t> left_;
};

}  // namespace

Errno fd_pread(Context* context, Caller& caller, Fd fd, Iovecs iovs, FileSize offset, GuestPtr<Size> count) {
  Descriptor* descriptor = nullptr;
  Errno error = context->process.fds.get(fd, Right::FdRead | Right::FdSeek, descriptor);
  if (error != Errno::Success) return error;
  if (offset > kMaxFileSize) return Errno::Inval;
  Size total = 0;
  error = for_each_part<ReadPart>(caller, iovs, total, [&](ReadParts parts, size_t& done) {
    return descriptor->file->read_at(parts, offset + total, done);
  });
  if (error == Errno::Success) count.set(total);
  return error;
}

Errno fd_pwrite(Context* context, Caller& caller, Fd fd, Iovecs iovs, FileSize offset, GuestPtr<Size> count) {
  Descriptor* descriptor = nullptr;
  Errno error = context->process.fds.get(fd, Right::FdWrite | Right::FdSeek, descriptor);
  if (error != Errno::Success) return error;
  if (offset > kMaxFileSize) return Errno::Inval;
  Size total = 0;
  error = for_each_part<WritePart>(caller, iovs, total, [&](WriteParts parts, size_t& done) {
    return descriptor->file->write_at(parts, offset + total, done);
  });
  if (error == Errno::Success) count.set(total);
  return error;
}

Interruptible fd_read(Context* context, Caller& caller, Fd fd, Iovecs iovs, GuestPtr<Size> count) {
  HeldDescriptor descriptor(context->process.fds);
  Errno error = descriptor.get(fd, Right::FdRead);
  if (error != Errno::Success) return error;
  File& file = descriptor.file();
  Size total = 0;
  error = for_each_part<ReadPart>(caller, iovs, total, [&](ReadParts parts, size_t& done) {
    // Only the first bytes are worth waiting for.
    return retry(*context, caller, file, false, total > 0 ? 0 : descriptor.patience(false), [&] { return file.read(parts, done); });
  });
  if (error == Errno::Success) count.set(total);
  return finish(caller, error);
}

Interruptible fd_write(Context* context, Caller& caller, Fd fd, Iovecs iovs, GuestPtr<Size> count) {
  HeldDescriptor descriptor(context->process.fds);
  Errno error = descriptor.get(fd, Right::FdWrite);
  if (error != Errno::Success) return error;
  File& file = descriptor.file();
  Size total = 0;
  error = for_each_part<WritePart>(caller, iovs, total, [&](WriteParts parts, size_t& done) {
    // A blocking write writes everything, even to a pipe that takes it bit by bit.
    return transfer_all(parts, done, [&](WriteParts rest, size_t& written) {
      return retry(*context, caller, file, true, descriptor.patience(true), [&] { return file.write(rest, written); });
    });
  });
  if (error == Errno::Success) count.set(total);
  return finish(caller, error);
}

Errno fd_readdir(Context* context, Fd fd, Buffer buf, DirCookie cookie, GuestPtr<Size> used) {
  Descriptor* descriptor = nullptr;
  Errno error = context->process.fds.get(fd, Right::FdReaddir, descriptor);
  if (error != Errno::Success) return error;
  DirentWriter writer(buf);
  error = descriptor->file->read_directory(cookie, writer);
  if (error == Errno::Success) used.set(static_cast<Size>(buf.size() - writer.left()));
  return error;
}

Errno fd_seek(Context* context, Fd fd, FileDelta offset, uint32_t whence, GuestPtr<FileSize> position) {
  if (whence >= kWhenceCount) return Errno::Inval;
  if (offset == 0 && static_cast<Whence>(whence) == Whence::Cur) return fd_tell(context, fd, position);
  Descriptor* descriptor = nullptr;
  Errno error = context->process.fds.get(fd, Right::FdSeek, descriptor);
  if (error != Errno::Success) return error;
  FileSize value = 0;
  error = descriptor->file->seek(offset, static_cast<Whence>(whence), value);
  if (error == Errno::Success) position.set(value);
  return error;
}

/// fd_seek includes fd_tell.
Errno fd_tell(Context* context, Fd fd, GuestPtr<FileSize> position) {
  Descriptor* descriptor = context->process.fds.find(fd);
  if (descriptor == nullptr) return Errno::Badf;
  if (!descriptor->rights.has_any(Right::FdTell | Right::FdSeek)) return Errno::NotCapable;
  FileSize value = 0;
  const Errno error = descriptor->file->seek(0, Whence::Cur, value);
  if (error == Errno::Success) position.set(value);
  return error;
}

}  // namespace umber::wasi::calls
