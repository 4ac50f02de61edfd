// Sockets that the guest was given.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

using namespace std::chrono_literals;

class Sockets : public ::testing::Test {
 protected:
  /// A connected pair: descriptor 3 of the guest, and `peer`.
  void give_pair(int type) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
    give(pair[0]);
    peer = pair[1];
  }
  void give(int fd) {
    Result<wasi::File*> file = calls.guest.platform.adopt(fd, posix::Descriptor::Ownership::Owned);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(calls.guest.wasi.add_socket(**file).ok());
  }
  /// A listener on a free port of this machine; returns the port.
  uint16_t give_listener() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd, 4), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    give(fd);
    return ntohs(address.sin_port);
  }
  static int connect_to(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  ~Sockets() override {
    if (peer >= 0) ::close(peer);
  }

  Errno send(wasi::Fd fd, std::string_view text, uint32_t flags = 0) {
    FakeGuest& guest = calls.guest;
    const uint32_t count = guest.room(4);
    const Errno error = guest("sock_send", fd, guest.put_iovecs({guest.put(text)}), flags, count);
    if (error == Errno::Success) {
      EXPECT_EQ(guest.read<uint32_t>(count), text.size());
    }
    guest.reset_room();
    return error;
  }
  Errno receive(wasi::Fd fd, uint32_t size, uint32_t flags, std::string& out, uint16_t& out_flags) {
    FakeGuest& guest = calls.guest;
    const GuestRange buffer{guest.room(size), size};
    const uint32_t count = guest.room(4), ro_flags = guest.room(2);
    const Errno error = guest("sock_recv", fd, guest.put_iovecs({buffer}), flags, count, ro_flags);
    out = error == Errno::Success ? guest.text(buffer.address, guest.read<uint32_t>(count)) : "";
    out_flags = guest.read<uint16_t>(ro_flags);
    guest.reset_room();
    return error;
  }
  std::string must_receive(wasi::Fd fd, uint32_t size, uint32_t flags = 0) {
    std::string out;
    uint16_t out_flags = 0;
    EXPECT_EQ(receive(fd, size, flags, out, out_flags), Errno::Success);
    return out;
  }

  Calls calls;
  int peer = -1;
};

TEST_F(Sockets, SendAndReceive) {
  give_pair(SOCK_STREAM);
  EXPECT_EQ(send(3, "hello"), Errno::Success);
  char buffer[16];
  EXPECT_EQ(::read(peer, buffer, sizeof buffer), 5);
  EXPECT_EQ(::write(peer, "answer", 6), 6);
  EXPECT_EQ(must_receive(3, 4, 1), "answ") << "peek";
  EXPECT_EQ(must_receive(3, 16), "answer");
  EXPECT_EQ(send(3, "x", 1), Errno::Inval) << "there are no flags";
  std::string text;
  uint16_t flags = 0;
  EXPECT_EQ(receive(3, 4, 4, text, flags), Errno::Inval);
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(3, stat), Errno::Success);
  EXPECT_EQ(stat.fs_filetype, FileType::SocketStream);
  EXPECT_EQ(calls.write(3, "as a file"), Errno::Success);
  EXPECT_EQ(::read(peer, buffer, sizeof buffer), 9);
  EXPECT_EQ(::write(peer, "too", 3), 3);
  EXPECT_EQ(calls.must_read(3, 16), "too");
}

TEST_F(Sockets, WaitAll) {
  give_pair(SOCK_STREAM);
  std::thread writer([this] {
    for (const char* part : {"one", "two", "three"}) {
      std::this_thread::sleep_for(5ms);
      EXPECT_GT(::write(peer, part, strlen(part)), 0);
    }
  });
  EXPECT_EQ(must_receive(3, 11, 2), "onetwothree");
  writer.join();
  EXPECT_EQ(::write(peer, "end", 3), 3);
  ::shutdown(peer, SHUT_WR);
  EXPECT_EQ(must_receive(3, 11, 2), "end") << "as much as there will be";
}

TEST_F(Sockets, DatagramsAreCut) {
  give_pair(SOCK_DGRAM);
  EXPECT_EQ(::write(peer, "0123456789", 10), 10);
  EXPECT_EQ(::write(peer, "next", 4), 4);
  std::string text;
  uint16_t flags = 0;
  EXPECT_EQ(receive(3, 4, 0, text, flags), Errno::Success);
  EXPECT_EQ(text, "0123");
  EXPECT_EQ(flags, 1u);
  EXPECT_EQ(receive(3, 16, 0, text, flags), Errno::Success);
  EXPECT_EQ(text, "next");
  EXPECT_EQ(flags, 0u);
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(3, stat), Errno::Success);
  EXPECT_EQ(stat.fs_filetype, FileType::SocketDgram);
}

TEST_F(Sockets, Shutdown) {
  give_pair(SOCK_STREAM);
  EXPECT_EQ(calls.guest("sock_shutdown", 3u, 0u), Errno::Inval);
  EXPECT_EQ(calls.guest("sock_shutdown", 3u, 4u), Errno::Inval);
  EXPECT_EQ(calls.guest("sock_shutdown", 3u, 2u), Errno::Success);
  EXPECT_EQ(send(3, "x"), Errno::Pipe);
  char buffer[1];
  EXPECT_EQ(::read(peer, buffer, 1), 0);
  EXPECT_EQ(::write(peer, "y", 1), 1);
  EXPECT_EQ(must_receive(3, 4), "y");
  EXPECT_EQ(calls.guest("sock_shutdown", 3u, 3u), Errno::Success);
}

TEST_F(Sockets, Accept) {
  const uint16_t port = give_listener();
  FakeGuest& guest = calls.guest;
  const uint32_t out = guest.room(4);
  EXPECT_EQ(guest("fd_fdstat_set_flags", 3u, 4u), Errno::Success);
  EXPECT_EQ(guest("sock_accept", 3u, 0u, out), Errno::Again);
  EXPECT_EQ(guest("fd_fdstat_set_flags", 3u, 0u), Errno::Success);
  std::thread client([&] {
    std::this_thread::sleep_for(10ms);
    peer = connect_to(port);
  });
  EXPECT_EQ(guest("sock_accept", 3u, 4u, out), Errno::Success);
  client.join();
  const wasi::Fd fd = guest.read<wasi::Fd>(out);
  EXPECT_EQ(fd, 4u);
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(fd, stat), Errno::Success);
  EXPECT_EQ(stat.fs_flags, wasi::FdFlags(FdFlag::Nonblock));
  EXPECT_FALSE(stat.fs_rights_base & Rights(Right::SockAccept).bits());
  std::string text;
  EXPECT_EQ(calls.read(fd, 10, text), Errno::Again);
  EXPECT_EQ(send(fd, "welcome"), Errno::Success);
  char buffer[16];
  EXPECT_EQ(::read(peer, buffer, sizeof buffer), 7);
  EXPECT_EQ(guest("sock_accept", 3u, 1u, out), Errno::Inval);
  EXPECT_EQ(guest("sock_accept", fd, 0u, out), Errno::NotCapable);
}

TEST_F(Sockets, OnlySocketsAreSockets) {
  FakeGuest& guest = calls.guest;
  const uint32_t out = guest.room(8);
  const GuestRange list = guest.put_iovecs({GuestRange{out, 1}});
  EXPECT_EQ(guest("sock_accept", 1u, 0u, out), Errno::NotSock);
  EXPECT_EQ(guest("sock_recv", 0u, list, 0u, out, out), Errno::NotSock);
  EXPECT_EQ(guest("sock_send", 1u, list, 0u, out), Errno::NotSock);
  EXPECT_EQ(guest("sock_shutdown", 1u, 1u), Errno::NotSock);
  for (const char* call : {"sock_accept", "sock_shutdown"}) {
    uint32_t result = 0;
    const std::vector<uint64_t> args = std::string_view(call) == "sock_accept" ? std::vector<uint64_t>{9, 0, out} : std::vector<uint64_t>{9, 1};
    EXPECT_EQ(guest.call_slots(call, "wasi_snapshot_preview1", args, result), RunStatus::Done);
    EXPECT_EQ(Errno(result), Errno::Badf) << call;
  }
  EXPECT_EQ(guest("sock_send", 9u, list, 0u, out), Errno::Badf);
  EXPECT_EQ(guest("sock_recv", 9u, list, 0u, out, out), Errno::Badf);
}

TEST_F(Sockets, EveryCallNeedsItsRight) {
  give_pair(SOCK_STREAM);
  FakeGuest& guest = calls.guest;
  const uint32_t out = guest.room(8);
  const GuestRange list = guest.put_iovecs({GuestRange{out, 1}});
  EXPECT_EQ(guest("fd_fdstat_set_rights", 3u, uint64_t{0}, uint64_t{0}), Errno::Success);
  EXPECT_EQ(guest("sock_accept", 3u, 0u, out), Errno::NotCapable);
  EXPECT_EQ(guest("sock_recv", 3u, list, 0u, out, out), Errno::NotCapable);
  EXPECT_EQ(guest("sock_send", 3u, list, 0u, out), Errno::NotCapable);
  EXPECT_EQ(guest("sock_shutdown", 3u, 1u), Errno::NotCapable);
}

}  // namespace
}  // namespace umber::test
