// Directories: the *at family on one name, never following symbolic links.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ports/posix/convert.h"
#include "ports/posix/descriptor.h"
#include "ports/posix/system.h"

namespace umber::posix {

using wasi::Errno;
using wasi::File;

namespace {

constexpr mode_t kFileMode = 0666;
constexpr mode_t kDirectoryMode = 0777;

/// Zero-terminated, as system calls want it. What is too long becomes something that the system calls too long.
template <size_t Capacity>
class Text {
 public:
  explicit Text(StringRef text) {
    const size_t size = text.size() < Capacity ? text.size() : Capacity - 1;
    std::memcpy(bytes_, text.data(), size);
    bytes_[size] = 0;
  }
  [[nodiscard]] const char* c_str() const { return bytes_; }

 private:
  char bytes_[Capacity];
};
using Name = Text<wasi::kMaxName + 2>;
using Path = Text<wasi::kMaxPath + 2>;

class Directory final : public File {
 public:
  Directory(const FileContext& context, Descriptor descriptor) : context_(context), descriptor_(descriptor) {}
  ~Directory() = default;

  Errno close() override {
    const Errno error = descriptor_.close();
    context_.allocator->destroy(this);
    return error;
  }
  wasi::FileType type() const override { return wasi::FileType::Directory; }
  const void* file_system() const override { return &kFileSystem; }

  Errno stat(wasi::Filestat& out) override { return descriptor_.stat(out); }
  Errno set_times(const wasi::TimeChange& change) override { return descriptor_.set_times(change); }
  Errno sync(bool data_only) override { return descriptor_.sync(data_only); }
  Errno set_flags(wasi::FdFlags) override { return Errno::Success; }

  Errno open_at(StringRef name, const wasi::OpenOptions& options, File*& out) override {
    const Name text(name);
    const int flags = open_flags_of(options) | O_NOFOLLOW;
    return opened(uninterrupted([&] { return openat(fd(), text.c_str(), flags, kFileMode); }), options, out);
  }
  Errno open_beneath(StringRef path, const wasi::OpenOptions& options, wasi::LookupFlags lookup, File*& out) override {
    if (!context_.kernel_resolution) return Errno::NoSys;
    int flags = open_flags_of(options);
    if (!lookup.has(wasi::LookupFlag::SymlinkFollow)) flags |= O_NOFOLLOW;
    const int result = uninterrupted([&] { return posix::open_beneath(fd(), path.data(), flags, kFileMode); });
    if (result < 0 && errno == EXDEV) return Errno::NotCapable;
    return opened(result, options, out);
  }

  Errno stat_at(StringRef name, wasi::Filestat& out) override {
    struct stat attributes;
    if (fstatat(fd(), Name(name).c_str(), &attributes, AT_SYMLINK_NOFOLLOW) != 0) return errno_of(errno);
    out = filestat_of(attributes);
    return Errno::Success;
  }
  Errno set_times_at(StringRef name, const wasi::TimeChange& change) override {
    timespec times[2];
    times_of(change, times);
    return result_of(utimensat(fd(), Name(name).c_str(), times, AT_SYMLINK_NOFOLLOW));
  }
  Errno create_directory_at(StringRef name) override {
    return result_of(mkdirat(fd(), Name(name).c_str(), kDirectoryMode));
  }
  Errno remove_directory_at(StringRef name) override {
    return result_of(unlinkat(fd(), Name(name).c_str(), AT_REMOVEDIR));
  }
  Errno unlink_file_at(StringRef name) override { return result_of(unlinkat(fd(), Name(name).c_str(), 0)); }
  Errno rename_at(StringRef name, File& to, StringRef to_name) override {
    return result_of(renameat(fd(), Name(name).c_str(), fd_of(to), Name(to_name).c_str()));
  }
  Errno link_at(StringRef name, File& to, StringRef to_name) override {
    return result_of(linkat(fd(), Name(name).c_str(), fd_of(to), Name(to_name).c_str(), 0));
  }
  Errno symlink_at(StringRef target, StringRef name) override {
    return result_of(symlinkat(Path(target).c_str(), fd(), Name(name).c_str()));
  }
  Errno readlink_at(StringRef name, std::span<char> out, size_t& length) override {
    // The system refuses an empty buffer, but then nothing is left to do but to see that it is a link.
    char nothing[1];
    const ssize_t size = out.empty() ? readlinkat(fd(), Name(name).c_str(), nothing, 1)
                                     : readlinkat(fd(), Name(name).c_str(), out.data(), out.size());
    if (size < 0) return errno_of(errno);
    length = out.empty() ? 0 : static_cast<size_t>(size);
    return Errno::Success;
  }
  Errno read_directory(wasi::DirCookie cookie, wasi::DirectorySink& sink) override {
    return reader_.read(fd(), cookie, sink);
  }

 private:
  [[nodiscard]] int fd() const { return descriptor_.fd(); }
  /// Of a directory of this file_system().
  [[nodiscard]] static int fd_of(File& directory) { return static_cast<Directory&>(directory).fd(); }

  Errno opened(int fd, const wasi::OpenOptions& options, File*& out) const {
    if (fd < 0) return errno_of(errno);
    const Errno error = make_file(context_, fd, Descriptor::Ownership::Owned, out);
    if (error != Errno::Success || !options.flags.any()) return error;
    const Errno refused = out->set_flags(options.flags);
    if (refused != Errno::Success) out->close();
    return refused;
  }

  static constexpr char kFileSystem = 0;
  FileContext context_;
  Descriptor descriptor_;
  DirectoryReader reader_;
};

}  // namespace

File* make_directory(const FileContext& context, Descriptor descriptor) {
  return context.allocator->create<Directory>(context, descriptor);
}

}  // namespace umber::posix
