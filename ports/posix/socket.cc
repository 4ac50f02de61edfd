// Sockets. No operation waits: MSG_DONTWAIT, and listeners are non-blocking.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "ports/posix/convert.h"
#include "ports/posix/descriptor.h"
#include "ports/posix/parts.h"

namespace umber::posix {

using wasi::Errno;
using wasi::FileType;

namespace {

class Socket final : public wasi::File {
 public:
  Socket(const FileContext& context, Descriptor descriptor, FileType type)
      : context_(context), descriptor_(descriptor), type_(type) {}
  ~Socket() = default;

  Errno close() override {
    const Errno error = descriptor_.close();
    context_.allocator->destroy(this);
    return error;
  }
  FileType type() const override { return type_; }
  int wait_handle() const override { return fd(); }
  Errno stat(wasi::Filestat& out) override {
    const Errno error = descriptor_.stat(out);
    out.filetype = type_;
    return error;
  }

  Errno read(wasi::ReadParts parts, size_t& count) override {
    wasi::RoFlags ignored;
    return receive(parts, {}, count, ignored);
  }
  Errno write(wasi::WriteParts parts, size_t& count) override { return send(parts, count); }

  Errno accept(wasi::File*& out) override {
    const int accepted = uninterrupted([&] { return accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
    if (accepted < 0) return errno_of(errno);
    return make_file(context_, accepted, Descriptor::Ownership::Owned, out);
  }
  Errno receive(wasi::ReadParts parts, wasi::RiFlags flags, size_t& count, wasi::RoFlags& out_flags) override {
    IoVectors vectors(parts);
    msghdr message = message_of(vectors);
    const int system_flags = MSG_DONTWAIT | (flags.has(wasi::RiFlag::RecvPeek) ? MSG_PEEK : 0);
    const ssize_t result = uninterrupted([&] { return recvmsg(fd(), &message, system_flags); });
    if (result >= 0 && (message.msg_flags & MSG_TRUNC) != 0) out_flags |= wasi::RoFlag::RecvDataTruncated;
    return transferred(result, count);
  }
  Errno send(wasi::WriteParts parts, size_t& count) override {
    IoVectors vectors(parts);
    const msghdr message = message_of(vectors);
    return transferred(uninterrupted([&] { return sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL); }), count);
  }
  Errno shutdown(wasi::SdFlags how) override {
    const bool both = how.has(wasi::SdFlag::Rd | wasi::SdFlag::Wr);
    return result_of(::shutdown(fd(), both ? SHUT_RDWR : how.has(wasi::SdFlag::Rd) ? SHUT_RD : SHUT_WR));
  }

 private:
  [[nodiscard]] int fd() const { return descriptor_.fd(); }
  [[nodiscard]] static msghdr message_of(IoVectors& vectors) {
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(vectors.size());
    return message;
  }

  FileContext context_;
  Descriptor descriptor_;
  FileType type_;
};

}  // namespace

wasi::File* make_socket(const FileContext& context, Descriptor descriptor, FileType type) {
  return context.allocator->create<Socket>(context, descriptor, type);
}

}  // namespace umber::posix
