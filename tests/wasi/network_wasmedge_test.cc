// WasmEdge's sockets extension: its layouts, and names that it shares with WAMR's with other signatures.
#include <thread>

#include "tests/wasi/fixture.h"
#include "wasi/network.h"

namespace umber::test {
namespace {

constexpr uint32_t kV4 = 1, kV6 = 2, kDatagram = 1, kStream = 2, kTcp = 1;
constexpr uint32_t kReuseAddress = 0, kType = 1, kError = 2, kOutOfBand = 8, kLinger = 9, kReceiveTimeout = 11, kListening = 13;

struct Buffer {
  uint32_t buf;
  uint32_t len;
};

struct EdgeGuest : FakeGuest {
  explicit EdgeGuest(std::initializer_list<const char*> rules) {
    for (const char* rule : rules) EXPECT_TRUE(wasi.allow_network(rule).ok());
    EXPECT_TRUE(wasi.add_to(linker).ok());
  }
  wasi::Fd open(uint32_t type, uint32_t family = kV4) {
    const uint32_t out = room(4);
    EXPECT_EQ((*this)("sock_open", family, type, out), Errno::Success);
    return read<wasi::Fd>(out);
  }
  /// An address of `bytes` in a buffer of `size`, behind a family where that is 128.
  uint32_t address(std::string bytes, uint32_t size = 0) {
    if (size == 0) size = static_cast<uint32_t>(bytes.size());
    bytes.resize(size);
    return put(Buffer{put(bytes).address, size});
  }
  uint32_t loopback() { return address(std::string("\x7f\0\0\1", 4)); }
  uint32_t port_of(wasi::Fd fd, const char* call = "sock_getlocaladdr") {
    const uint32_t at = address("", 16), type = room(4), port = room(4);
    EXPECT_EQ((*this)(call, fd, at, type, port), Errno::Success);
    EXPECT_EQ(read<uint32_t>(type), 4u);
    EXPECT_EQ(text(read<Buffer>(at).buf, 4), std::string("\x7f\0\0\1", 4));
    return read<uint32_t>(port);
  }
  Errno send(wasi::Fd fd, std::string_view words, const char* call = "sock_send") { return (*this)(call, fd, put_iovecs({put(words)}), 0u, room(4)); }
  std::string receive(wasi::Fd fd, const char* call = "sock_recv") {
    const GuestRange data{room(100), 100};
    const uint32_t count = room(4), flags = room(4);
    EXPECT_EQ((*this)(call, fd, put_iovecs({data}), 0u, count, flags), Errno::Success);
    return text(data.address, read<uint32_t>(count));
  }
  template <class T>
  T option(wasi::Fd fd, uint32_t name) {
    const uint32_t value = room(sizeof(T)), size = put(uint32_t{sizeof(T)});
    EXPECT_EQ((*this)("sock_getsockopt", fd, 0u, name, value, size), Errno::Success) << name;
    EXPECT_EQ(read<uint32_t>(size), sizeof(T)) << name;
    return read<T>(value);
  }
};

TEST(WasmEdgeSockets, AServerAndItsClient) {
  EdgeGuest server({"listen:127.0.0.1:*"});
  const wasi::Fd listener = server.open(kStream);
  ASSERT_EQ(server("sock_setsockopt", listener, 0u, kReuseAddress, server.put(1), 4u), Errno::Success);
  ASSERT_EQ(server("sock_bind", listener, server.loopback(), 0u), Errno::Success);
  EXPECT_EQ(server.option<int32_t>(listener, kListening), 0);
  ASSERT_EQ(server("sock_listen", listener, 4u), Errno::Success);
  EXPECT_EQ(server.option<int32_t>(listener, kListening), 1);
  const uint32_t port = server.port_of(listener);
  std::thread thread([&] {
    EdgeGuest client({"127.0.0.1:*"});
    const wasi::Fd fd = client.open(kStream);
    ASSERT_EQ(client("sock_connect", fd, client.loopback(), port), Errno::Success);
    EXPECT_EQ(client.port_of(fd, "sock_getpeeraddr"), port);
    EXPECT_EQ(client.send(fd, "hello"), Errno::Success);
    EXPECT_EQ(client.receive(fd), "world");
    EXPECT_EQ(client("sock_shutdown", fd, 3u), Errno::Success);
  });
  const uint32_t accepted = server.room(4);
  ASSERT_EQ(server("sock_accept", listener, accepted), Errno::Success);
  const wasi::Fd connection = server.read<wasi::Fd>(accepted);
  EXPECT_EQ(server.receive(connection), "hello");
  EXPECT_EQ(server.send(connection, "world"), Errno::Success);
  EXPECT_EQ(server.receive(connection), "");
  thread.join();
}

TEST(WasmEdgeSockets, TheSecondVersionHasNamesOfItsOwn) {
  EdgeGuest guest({"listen:127.0.0.1:*", "127.0.0.1:*"});
  const uint32_t fds = guest.room(4), port = guest.room(4), storage = guest.address("", 128);
  ASSERT_EQ(guest("sock_open_v2", kV4, kStream, fds), Errno::Success);
  const wasi::Fd listener = guest.read<wasi::Fd>(fds);
  ASSERT_EQ(guest("sock_bind_v2", listener, guest.address(std::string("\1\0\x7f\0\0\1", 6), 128), 0u), Errno::Success);
  ASSERT_EQ(guest("sock_listen_v2", listener, 4u), Errno::Success);
  ASSERT_EQ(guest("sock_getlocaladdr_v2", listener, storage, port), Errno::Success);
  EXPECT_EQ(guest.text(guest.read<Buffer>(storage).buf, 6), std::string("\1\0\x7f\0\0\1", 6));
  const wasi::Fd client = guest.open(kStream);
  ASSERT_EQ(guest("sock_connect_v2", client, guest.loopback(), guest.read<uint32_t>(port)), Errno::Success);
  ASSERT_EQ(guest("sock_accept_v2", listener, 0u, fds), Errno::Success);
  EXPECT_EQ(guest.send(client, "words", "sock_send_v2"), Errno::Success);
  EXPECT_EQ(guest.receive(guest.read<wasi::Fd>(fds), "sock_recv_v2"), "words");
  const uint32_t peer_port = guest.room(4);
  ASSERT_EQ(guest("sock_getpeeraddr_v2", client, storage, peer_port), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(peer_port), guest.read<uint32_t>(port));
}

TEST(WasmEdgeSockets, Datagrams) {
  EdgeGuest server({"listen:127.0.0.1:*", "127.0.0.1:*"}), client({"127.0.0.1:*"});
  const wasi::Fd fd = server.open(kDatagram), out = client.open(kDatagram);
  ASSERT_EQ(server("sock_bind", fd, server.loopback(), 0u), Errno::Success);
  const uint32_t port = server.port_of(fd), count = client.room(4);
  const auto send = [&] { return client("sock_send_to", out, client.put_iovecs({client.put("ab"), client.put("cd")}), client.loopback(), port, 0u, count); };
  const GuestRange data{server.room(10), 10};
  const uint32_t iovecs_at = server.put_iovecs({data}).address, received = server.room(4), flags = server.room(2), from_port = server.room(2);
  const GuestRange iovecs{iovecs_at, 1};
  ASSERT_EQ(send(), Errno::Success);
  EXPECT_EQ(client.read<uint32_t>(count), 4u);
  const uint32_t storage = server.address("", 128);
  ASSERT_EQ(server("sock_recv_from", fd, iovecs, storage, 0u, from_port, received, flags), Errno::Success);
  EXPECT_EQ(server.text(data.address, server.read<uint32_t>(received)), "abcd");
  EXPECT_EQ(server.text(server.read<Buffer>(storage).buf, 6), std::string("\1\0\x7f\0\0\1", 6));
  const uint32_t any = client.address("", 128), local_port = client.room(4);
  ASSERT_EQ(client("sock_getlocaladdr", out, any, local_port), Errno::Success) << "the third form of that name";
  EXPECT_EQ(server.read<uint16_t>(from_port), client.read<uint32_t>(local_port));

  ASSERT_EQ(send(), Errno::Success);
  const uint32_t plain = server.address("", 4);
  ASSERT_EQ(server("sock_recv_from", fd, iovecs, plain, 0u, received, flags), Errno::Success) << "without a port";
  EXPECT_EQ(server.text(server.read<Buffer>(plain).buf, 4), std::string("\x7f\0\0\1", 4));
  ASSERT_EQ(send(), Errno::Success);
  EXPECT_EQ(server("sock_recv_from", fd, iovecs, server.address("", 3), 0u, received, flags), Errno::Inval);
}

TEST(WasmEdgeSockets, WhatNoRuleNamesIsRefused) {
  EdgeGuest guest({"127.0.0.1:1", "listen:127.0.0.1:1"});
  const wasi::Fd fd = guest.open(kStream);
  EXPECT_EQ(guest("sock_connect", fd, guest.loopback(), 2u), Errno::Acces);
  EXPECT_EQ(guest("sock_connect", fd, guest.loopback(), 1u), Errno::ConnRefused);
  EXPECT_EQ(guest("sock_bind", fd, guest.loopback(), 2u), Errno::Acces);
  EXPECT_EQ(guest("sock_listen", fd, 1u), Errno::Acces);
  const wasi::Fd datagrams = guest.open(kDatagram);
  EXPECT_EQ(guest("sock_send_to", datagrams, guest.put_iovecs({guest.put("x")}), guest.loopback(), 9u, 0u, guest.room(4)), Errno::Acces);
  EXPECT_EQ(guest("sock_open", 0u, kStream, guest.room(4)), Errno::AfNoSupport);
  EXPECT_EQ(guest("sock_open", 3u, kStream, guest.room(4)), Errno::AfNoSupport) << "AF_UNIX";
  EXPECT_EQ(guest("sock_open", kV4, 0u, guest.room(4)), Errno::ProtoNoSupport);
  for (const uint32_t size : {0u, 3u, 5u, 17u, 127u}) EXPECT_EQ(guest("sock_connect", fd, guest.put(Buffer{guest.room(128), size}), 1u), Errno::Inval) << size;
  EXPECT_EQ(guest("sock_connect", fd, guest.address(std::string("\7\0", 2), 128), 1u), Errno::AfNoSupport);
  EXPECT_EQ(guest("sock_connect", fd, guest.put(Buffer{kGuestBytes - 3, 4}), 1u), Errno::Fault);
  EXPECT_EQ(guest("sock_connect", fd, kGuestBytes - 4, 1u), Errno::Fault);
  EXPECT_EQ(guest("sock_connect", 1u, guest.loopback(), 1u), Errno::NotSock);
}

TEST(WasmEdgeSockets, Options) {
  EdgeGuest guest({"127.0.0.1:1"});
  const wasi::Fd fd = guest.open(kStream);
  EXPECT_EQ(guest.option<int32_t>(fd, kType), static_cast<int32_t>(kStream));
  EXPECT_EQ(guest.option<int32_t>(guest.open(kDatagram), kType), static_cast<int32_t>(kDatagram));
  EXPECT_EQ(guest.option<int32_t>(fd, kError), 0);
  struct Linger {
    int32_t enabled, seconds;
  };
  ASSERT_EQ(guest("sock_setsockopt", fd, 0u, kLinger, guest.put(Linger{1, 7}), 8u), Errno::Success);
  EXPECT_EQ(guest.option<Linger>(fd, kLinger).seconds, 7);
  struct Time {
    int64_t seconds, microseconds;
  };
  ASSERT_EQ(guest("sock_setsockopt", fd, 0u, kReceiveTimeout, guest.put(Time{3, 250'000}), 16u), Errno::Success);
  EXPECT_EQ(guest.option<Time>(fd, kReceiveTimeout).seconds, 3);
  EXPECT_EQ(guest.option<Time>(fd, kReceiveTimeout).microseconds, 250'000);
  for (const Time bad : {Time{-1, 0}, Time{0, 1'000'000}, Time{INT64_MAX, 0}, Time{0, -1}})
    EXPECT_EQ(guest("sock_setsockopt", fd, 0u, kReceiveTimeout, guest.put(bad), 16u), Errno::Inval);
  EXPECT_EQ(guest("sock_setsockopt", fd, 0u, kLinger, guest.put(Linger{1, -7}), 8u), Errno::Inval);
  EXPECT_EQ(guest("sock_setsockopt", fd, 0u, kLinger, guest.put(Linger{1, 7}), 4u), Errno::Inval) << "too short";
  EXPECT_EQ(guest("sock_setsockopt", fd, 0u, kReuseAddress, kGuestBytes - 2, 4u), Errno::Fault);
  EXPECT_EQ(guest("sock_getsockopt", fd, 0u, kReuseAddress, kGuestBytes - 2, guest.put(4)), Errno::Fault);
  EXPECT_EQ(guest("sock_setsockopt", fd, 0u, kOutOfBand, guest.put(1), 4u), Errno::NoProtoOpt);
  EXPECT_EQ(guest("sock_setsockopt", fd, 1u, kReuseAddress, guest.put(1), 4u), Errno::NoProtoOpt);
}

struct Sockaddr {
  uint32_t family, data_len, data;
};
struct Addrinfo {
  uint16_t flags;
  uint8_t family, type;
  uint32_t protocol, addrlen, addr, canonname, canonname_len, next;
};
static_assert(sizeof(Addrinfo) == 28);

/// A list of `count` elements with room for any address, as the Rust crate makes it.
uint32_t make_list(EdgeGuest& guest, uint32_t count) {
  uint32_t next = 0;
  for (uint32_t i = 0; i < count; ++i)
    next = guest.put(Addrinfo{.flags = 0, .family = 0, .type = 0, .protocol = 0, .addrlen = 0, .addr = guest.put(Sockaddr{0, 14, guest.room(26)}), .canonname = 0, .canonname_len = 0, .next = next});
  return guest.put(next);
}

TEST(WasmEdgeSockets, NamesAreLookedUp) {
  EdgeGuest guest({"localhost:1"});
  const uint32_t list = make_list(guest, 3), total = guest.room(4);
  Addrinfo hints{};
  hints.family = kV4;
  hints.type = kStream;
  const auto look_up = [&](const std::string& host, const std::string& service, uint32_t max = 3) {
    return guest("sock_getaddrinfo", guest.put(host), guest.put(service), guest.put(hints), list, max, total);
  };
  const wasi::Fd fd = guest.open(kStream);
  EXPECT_EQ(guest("sock_connect", fd, guest.loopback(), 1u), Errno::Acces);
  ASSERT_EQ(look_up(std::string("localhost\0", 10), std::string("80\0", 3)), Errno::Success) << "the Rust crate counts the zeros";
  ASSERT_GE(guest.read<uint32_t>(total), 1u);
  const Addrinfo info = guest.read<Addrinfo>(guest.read<uint32_t>(list));
  EXPECT_EQ(info.family, kV4);
  EXPECT_EQ(info.type, kStream);
  EXPECT_EQ(info.protocol, kTcp);
  EXPECT_EQ(info.addrlen, 16u);
  const Sockaddr sockaddr = guest.read<Sockaddr>(info.addr);
  EXPECT_EQ(sockaddr.family & 0xff, kV4);
  EXPECT_EQ(sockaddr.data_len, 14u);
  EXPECT_EQ(guest.text(sockaddr.data, 3), std::string("\0\x50\x7f", 3)) << "port and address in network order";
  EXPECT_EQ(guest("sock_connect", fd, guest.loopback(), 1u), Errno::ConnRefused);

  hints.type = 0;
  ASSERT_EQ(look_up("127.0.0.1", "53"), Errno::Success) << "figures need no rule";
  EXPECT_EQ(guest.read<uint32_t>(total), 2u) << "streams and datagrams";
  ASSERT_EQ(look_up("127.0.0.1", "53", 1), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(total), 1u) << "as many as fit";
  hints.family = kV6;
  ASSERT_EQ(look_up("::1", "53"), Errno::Success);
  EXPECT_EQ(guest.read<Addrinfo>(guest.read<uint32_t>(list)).addrlen, 28u);
  hints.family = 0;
  ASSERT_EQ(look_up("", "80"), Errno::Success) << "this machine";
  EXPECT_EQ(look_up("", ""), Errno{84});
  EXPECT_EQ(look_up("example.com", "80"), Errno::Acces);
  EXPECT_EQ(look_up(std::string(300, 'x'), "80"), Errno::NameTooLong);
  EXPECT_EQ(look_up("127.0.0.1", "80", 0), Errno{82});
  EXPECT_EQ(guest("sock_getaddrinfo", guest.put("::1"), guest.put("1"), guest.put(hints), guest.put(uint32_t{kGuestBytes - 4}), 3u, total), Errno::Fault);
}

}  // namespace
}  // namespace umber::test
