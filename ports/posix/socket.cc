// Sockets. No operation waits: MSG_DONTWAIT, and listeners are non-blocking.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "ports/posix/convert.h"
#include "ports/posix/descriptor.h"
#include "ports/posix/parts.h"
#include "ports/posix/socket_address.h"

namespace umber::posix {

using wasi::Errno;
using wasi::FileType;

namespace {

struct OptionName {
  int level;
  int name;
};
constexpr OptionName kOptions[] = {
    {SOL_SOCKET, SO_REUSEADDR}, {SOL_SOCKET, SO_REUSEPORT}, {SOL_SOCKET, SO_KEEPALIVE}, {SOL_SOCKET, SO_BROADCAST},
    {SOL_SOCKET, SO_RCVBUF}, {SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_LINGER},
    {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_QUICKACK}, {IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
    {IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_TCP, TCP_KEEPINTVL},
    {IPPROTO_IP, IP_TTL}, {IPPROTO_IP, IP_MULTICAST_TTL}, {IPPROTO_IP, IP_MULTICAST_LOOP},
    {IPPROTO_IPV6, IPV6_V6ONLY}, {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {SOL_SOCKET, SO_ERROR}, {SOL_SOCKET, SO_ACCEPTCONN},
};
static_assert(std::size(kOptions) == wasi::kSocketOptions);

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

  Errno bind(const wasi::SocketAddress& address) override {
    SystemAddress system = to_system(address);
    return result_of(::bind(fd(), system.get(), system.size));
  }
  Errno listen(uint32_t backlog) override {
    return result_of(::listen(fd(), backlog < SOMAXCONN ? static_cast<int>(backlog) : SOMAXCONN));
  }
  Errno connect(const wasi::SocketAddress& address) override {
    if (is_connecting_) return connected();
    // Linux lets a socket that connected without waiting do so once more.
    wasi::SocketAddress peer;
    if (type_ == FileType::SocketStream && remote_address(peer) == Errno::Success) return Errno::IsConn;
    SystemAddress system = to_system(address);
    if (::connect(fd(), system.get(), system.size) == 0) return Errno::Success;
    if (errno != EINPROGRESS && errno != EINTR) return errno_of(errno);
    is_connecting_ = true;
    return Errno::Again;
  }
  Errno local_address(wasi::SocketAddress& out) override { return ask(&getsockname, out); }
  Errno remote_address(wasi::SocketAddress& out) override { return ask(&getpeername, out); }
  Errno receive_from(wasi::ReadParts parts, wasi::RiFlags flags, size_t& count, wasi::SocketAddress& from) override {
    IoVectors vectors(parts);
    msghdr message = message_of(vectors);
    SystemAddress system;
    message.msg_name = &system.storage;
    message.msg_namelen = system.size;
    const int system_flags = MSG_DONTWAIT | (flags.has(wasi::RiFlag::RecvPeek) ? MSG_PEEK : 0);
    const ssize_t result = uninterrupted([&] { return recvmsg(fd(), &message, system_flags); });
    // A stream's data carry no address: it is the peer's.
    if (result >= 0 && !from_system(*system.get(), message.msg_namelen, from)) (void)remote_address(from);
    return transferred(result, count);
  }
  Errno send_to(wasi::WriteParts parts, const wasi::SocketAddress& to, size_t& count) override {
    IoVectors vectors(parts);
    msghdr message = message_of(vectors);
    SystemAddress system = to_system(to);
    message.msg_name = &system.storage;
    message.msg_namelen = system.size;
    return transferred(uninterrupted([&] { return sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL); }), count);
  }
  Errno get_option(wasi::SocketOption option, int32_t& value) override {
    const OptionName name = kOptions[static_cast<size_t>(option)];
    linger lingering{};
    const bool is_linger = option == wasi::SocketOption::Linger;
    socklen_t size = is_linger ? sizeof lingering : sizeof value;
    void* const out = is_linger ? static_cast<void*>(&lingering) : &value;
    const Errno error = result_of(getsockopt(fd(), name.level, name.name, out, &size));
    if (is_linger) value = lingering.l_onoff != 0 ? lingering.l_linger : -1;
    if (option == wasi::SocketOption::PendingError) value = static_cast<int32_t>(errno_of(value));
    return error;
  }
  Errno set_option(wasi::SocketOption option, int32_t value) override {
    const OptionName name = kOptions[static_cast<size_t>(option)];
    if (option != wasi::SocketOption::Linger) return result_of(setsockopt(fd(), name.level, name.name, &value, sizeof value));
    const linger lingering = {value >= 0 ? 1 : 0, value >= 0 ? value : 0};
    return result_of(setsockopt(fd(), name.level, name.name, &lingering, sizeof lingering));
  }

 private:
  /// What has become of a connection that was begun.
  [[nodiscard]] Errno connected() {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    wasi::SocketAddress peer;
    if (error == 0 && remote_address(peer) == Errno::NotConn) return Errno::Again;
    is_connecting_ = false;
    return errno_of(error);
  }
  [[nodiscard]] Errno ask(int (*which)(int, sockaddr*, socklen_t*), wasi::SocketAddress& out) const {
    SystemAddress system;
    if (which(fd(), system.get(), &system.size) != 0) return errno_of(errno);
    return from_system(*system.get(), system.size, out) ? Errno::Success : Errno::AfNoSupport;
  }
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
  bool is_connecting_ = false;
};

}  // namespace

wasi::File* make_socket(const FileContext& context, Descriptor descriptor, FileType type) {
  return context.allocator->create<Socket>(context, descriptor, type);
}

}  // namespace umber::posix
