// The sockets extension: rules, and programs' calls over the loopback.
#include "tests/support/prompt.h"
#include "wasi/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

using wasi::Network;
using wasi::NetworkUse;
using wasi::SocketAddress;

SocketAddress address(const char* text, uint16_t port = 80) {
  SocketAddress out;
  EXPECT_TRUE(wasi::parse_address(text, out)) << text;
  out.port = port;
  return out;
}

TEST(NetworkAddresses, AreReadStrictly) {
  SocketAddress out;
  for (const char* good : {"0.0.0.0", "255.255.255.255", "127.0.0.1", "::", "::1", "1::", "fe80::3ba2:893b:4be0:e3dd", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::"})
    EXPECT_TRUE(wasi::parse_address(good, out)) << good;
  for (const char* bad : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", ".1.2.3", "1.2.3.4 ", "a.b.c.d", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                          "1:2:3:4:5:6:7:8::", "12345::", "::g", "1:", ":1", "99999999999999999999.1.1.1"})
    EXPECT_FALSE(wasi::parse_address(bad, out)) << bad;
  const SocketAddress v6 = address("fe80::1:2");
  EXPECT_EQ(v6.bytes[0], 0xfe);
  EXPECT_EQ(v6.bytes[1], 0x80);
  EXPECT_EQ(v6.bytes[13], 1);
  EXPECT_EQ(v6.bytes[15], 2);
}

TEST(NetworkRules, AllowWhatTheyNameAndNothingElse) {
  linux_port::HeapAllocator allocator;
  Network network(allocator);
  EXPECT_FALSE(network.is_enabled());
  ASSERT_TRUE(network.allow("10.0.0.1:80").ok());
  ASSERT_TRUE(network.allow("connect:[::1]:*").ok());
  ASSERT_TRUE(network.allow("listen:127.0.0.1:8080").ok());
  ASSERT_TRUE(network.allow("Example.com:443").ok());
  EXPECT_TRUE(network.is_enabled());
  EXPECT_TRUE(network.may(NetworkUse::Connect, address("10.0.0.1", 80)));
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("10.0.0.1", 81)));
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("10.0.0.2", 80)));
  EXPECT_FALSE(network.may(NetworkUse::Listen, address("10.0.0.1", 80)));
  EXPECT_TRUE(network.may(NetworkUse::Connect, address("::1", 12345)));
  EXPECT_TRUE(network.may(NetworkUse::Listen, address("127.0.0.1", 8080)));
  EXPECT_FALSE(network.may(NetworkUse::Listen, address("0.0.0.0", 8080)));
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("127.0.0.1", 8080)));
  EXPECT_TRUE(network.may(NetworkUse::Connect, address("::ffff:a00:1", 80))) << "10.0.0.1 in IPv6's clothes";
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("::ffff:a00:2", 80)));

  EXPECT_TRUE(network.may_look_up("example.COM"));
  EXPECT_FALSE(network.may_look_up("www.example.com"));
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("93.184.216.34", 443))) << "not before it was looked up";
  EXPECT_TRUE(network.learn("example.com", address("93.184.216.34", 0)));
  EXPECT_TRUE(network.may(NetworkUse::Connect, address("93.184.216.34", 443)));
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("93.184.216.34", 80)));
}

TEST(NetworkRules, AnyHostAndPort) {
  linux_port::HeapAllocator allocator;
  Network network(allocator);
  ASSERT_TRUE(network.allow("*:53").ok());
  EXPECT_TRUE(network.may(NetworkUse::Connect, address("9.9.9.9", 53)));
  EXPECT_FALSE(network.may(NetworkUse::Connect, address("9.9.9.9", 54)));
  EXPECT_TRUE(network.may_look_up("anything"));
  EXPECT_FALSE(network.may(NetworkUse::Listen, address("0.0.0.0", 53)));
}

TEST(NetworkRules, AreParsedStrictly) {
  linux_port::HeapAllocator allocator;
  Network network(allocator);
  for (const char* bad : {"", ":", ":80", "host", "host:", "host:x", "host:65536", "host:80x", "host:-1", "listen:name:80", "::1:80", "[::1:80",
                          "[127.0.0.1]:80", "http://host:80", "*.example.com:80", "host:**", "send:host:80"}) {
    const Status status = network.allow(bad);
    EXPECT_FALSE(status.ok()) << bad;
    if (!status.ok()) EXPECT_EQ(status.error().code(), ErrorCode::InvalidArgument) << bad;
  }
  EXPECT_FALSE(network.is_enabled());
}

// ---- calls -----------------------------------------------------------------------------------------------------------

constexpr uint32_t kV4 = 0, kDatagram = 0, kStream = 1;

/// As a C program has it.
struct WamrAddress {
  uint32_t kind = kV4;
  uint8_t bytes[20] = {127, 0, 0, 1};
};
WamrAddress loopback(uint16_t port) {
  WamrAddress out;
  store_le(out.bytes + 4, port);
  return out;
}
uint16_t port_of(const WamrAddress& address) { return load_le<uint16_t>(address.bytes + 4); }

struct NetworkGuest : FakeGuest {
  explicit NetworkGuest(std::initializer_list<const char*> rules) {
    for (const char* rule : rules) EXPECT_TRUE(wasi.allow_network(rule).ok());
    EXPECT_TRUE(wasi.add_to(linker).ok());
  }
  wasi::Fd open(uint32_t type, uint32_t family = kV4) {
    const uint32_t out = room(4);
    EXPECT_EQ((*this)("sock_open", 3u, family, type, out), Errno::Success);
    return read<wasi::Fd>(out);
  }
  Errno bind(wasi::Fd fd, uint16_t port) { return (*this)("sock_bind", fd, put(loopback(port))); }
  Errno connect(wasi::Fd fd, uint16_t port) { return (*this)("sock_connect", fd, put(loopback(port))); }
  WamrAddress ask(const char* call, wasi::Fd fd) {
    const uint32_t at = room(sizeof(WamrAddress));
    EXPECT_EQ((*this)(call, fd, at), Errno::Success);
    return read<WamrAddress>(at);
  }
  wasi::Fd accept(wasi::Fd listener) {
    const uint32_t out = room(4);
    EXPECT_EQ((*this)("sock_accept", listener, 0u, out), Errno::Success);
    return read<wasi::Fd>(out);
  }
  Errno send(wasi::Fd fd, std::string_view text) { return (*this)("sock_send", fd, put_iovecs({put(text)}), 0u, room(4)); }
  std::string receive(wasi::Fd fd) {
    const GuestRange data{room(100), 100};
    const uint32_t count = room(4), flags = room(4);
    EXPECT_EQ((*this)("sock_recv", fd, put_iovecs({data}), 0u, count, flags), Errno::Success);
    return text(data.address, read<uint32_t>(count));
  }
};

TEST(SocketsExtension, IsNotThereWithoutARule) {
  FakeGuest guest;
  Extern import;
  EXPECT_FALSE(guest.linker.find("wasi_snapshot_preview1", "sock_open", import));
  EXPECT_TRUE(guest.linker.find("wasi_snapshot_preview1", "sock_accept", import));
}

TEST(SocketsExtension, AServerAndItsClient) {
  NetworkGuest server({"listen:127.0.0.1:*"});
  const wasi::Fd listener = server.open(kStream);
  EXPECT_EQ(server("sock_set_reuse_addr", listener, 1u), Errno::Success);
  ASSERT_EQ(server.bind(listener, 0), Errno::Success);
  ASSERT_EQ(server("sock_listen", listener, 4u), Errno::Success);
  const uint16_t port = port_of(server.ask("sock_addr_local", listener));
  ASSERT_NE(port, 0);
  std::thread thread([&] {
    NetworkGuest client({"127.0.0.1:*"});
    const wasi::Fd fd = client.open(kStream);
    ASSERT_EQ(client.connect(fd, port), Errno::Success);
    EXPECT_EQ(port_of(client.ask("sock_addr_remote", fd)), port);
    EXPECT_EQ(client.connect(fd, port), Errno::IsConn);
    EXPECT_EQ(client.send(fd, "hello"), Errno::Success);
    EXPECT_EQ(client.receive(fd), "world");
    EXPECT_EQ(client("sock_close", fd), Errno::Success);
    EXPECT_EQ(client("sock_close", fd), Errno::Badf);
  });
  const wasi::Fd connection = server.accept(listener);
  EXPECT_EQ(server.receive(connection), "hello");
  EXPECT_EQ(server.send(connection, "world"), Errno::Success);
  EXPECT_EQ(server.receive(connection), "");
  thread.join();
}

TEST(SocketsExtension, Datagrams) {
  NetworkGuest server({"listen:127.0.0.1:*", "127.0.0.1:*"});
  const wasi::Fd fd = server.open(kDatagram);
  ASSERT_EQ(server.bind(fd, 0), Errno::Success);
  const uint16_t port = port_of(server.ask("sock_addr_local", fd));
  NetworkGuest client({"127.0.0.1:*"});
  const wasi::Fd out = client.open(kDatagram);
  const uint32_t count = client.room(4);
  ASSERT_EQ(client("sock_send_to", out, client.put_iovecs({client.put("ab"), client.put("cd")}), 0u, client.put(loopback(port)), count), Errno::Success);
  EXPECT_EQ(client.read<uint32_t>(count), 4u);
  const GuestRange data{server.room(10), 10};
  const uint32_t from = server.room(sizeof(WamrAddress)), received = server.room(4);
  ASSERT_EQ(server("sock_recv_from", fd, server.put_iovecs({data}), 0u, from, received), Errno::Success);
  EXPECT_EQ(server.text(data.address, server.read<uint32_t>(received)), "abcd");
  EXPECT_EQ(port_of(server.read<WamrAddress>(from)), port_of(client.ask("sock_addr_local", out)));
}

TEST(SocketsExtension, WhatNoRuleNamesIsRefused) {
  NetworkGuest guest({"127.0.0.1:1", "listen:127.0.0.1:1"});
  const wasi::Fd fd = guest.open(kStream);
  EXPECT_EQ(guest.connect(fd, 2), Errno::Acces);
  EXPECT_EQ(guest.bind(fd, 2), Errno::Acces);
  EXPECT_EQ(guest.bind(fd, 0), Errno::Acces);
  EXPECT_EQ(guest("sock_listen", fd, 1u), Errno::Acces) << "not bound: any port would do";
  EXPECT_EQ(guest.connect(fd, 1), Errno::ConnRefused);
  const wasi::Fd datagrams = guest.open(kDatagram);
  EXPECT_EQ(guest("sock_send_to", datagrams, guest.put_iovecs({guest.put("x")}), 0u, guest.put(loopback(9)), guest.room(4)), Errno::Acces);
  EXPECT_EQ(guest("sock_open", 3u, 2u, kStream, guest.room(4)), Errno::AfNoSupport);
  EXPECT_EQ(guest("sock_open", 3u, kV4, 7u, guest.room(4)), Errno::ProtoNoSupport);
  EXPECT_EQ(guest("sock_bind", 1u, guest.put(loopback(1))), Errno::NotSock);
  EXPECT_EQ(guest("sock_bind", 99u, guest.put(loopback(1))), Errno::Badf);
  WamrAddress odd = loopback(1);
  odd.kind = 9;
  EXPECT_EQ(guest("sock_connect", fd, guest.put(odd)), Errno::AfNoSupport);
  EXPECT_EQ(guest("sock_connect", fd, kGuestBytes - 8), Errno::Fault);
}

TEST(SocketsExtension, OptionsAreKept) {
  NetworkGuest guest({"127.0.0.1:1"});
  const wasi::Fd fd = guest.open(kStream);
  const uint32_t out = guest.room(8), seconds = guest.room(4);
  for (const char* name : {"reuse_addr", "reuse_port", "keep_alive", "tcp_no_delay"}) {
    EXPECT_EQ(guest((std::string("sock_set_") + name).c_str(), fd, 1u), Errno::Success) << name;
    ASSERT_EQ(guest((std::string("sock_get_") + name).c_str(), fd, out), Errno::Success) << name;
    EXPECT_EQ(guest.read<uint8_t>(out), 1) << name;
  }
  EXPECT_EQ(guest("sock_set_tcp_keep_idle", fd, 77u), Errno::Success);
  ASSERT_EQ(guest("sock_get_tcp_keep_idle", fd, out), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(out), 77u);
  EXPECT_EQ(guest("sock_set_linger", fd, 1u, 5u), Errno::Success);
  ASSERT_EQ(guest("sock_get_linger", fd, out, seconds), Errno::Success);
  EXPECT_EQ(guest.read<uint8_t>(out), 1);
  EXPECT_EQ(guest.read<uint32_t>(seconds), 5u);
  EXPECT_EQ(guest("sock_set_linger", fd, 0u, 0u), Errno::Success);
  ASSERT_EQ(guest("sock_get_linger", fd, out, seconds), Errno::Success);
  EXPECT_EQ(guest.read<uint8_t>(out), 0);
  EXPECT_EQ(guest("sock_set_recv_buf_size", fd, UINT32_MAX), Errno::Inval);
  EXPECT_EQ(guest("sock_set_ip_add_membership", fd, guest.put(loopback(1)), 0u), Errno::NoProtoOpt);
}

TEST(SocketsExtension, ATimeoutEndsAWait) {
  NetworkGuest guest({"listen:127.0.0.1:*"});
  const wasi::Fd fd = guest.open(kDatagram);
  ASSERT_EQ(guest.bind(fd, 0), Errno::Success);
  const uint32_t out = guest.room(8);
  EXPECT_EQ(guest("sock_get_recv_timeout", fd, out), Errno::Success);
  EXPECT_EQ(guest.read<uint64_t>(out), 0u);
  EXPECT_EQ(guest("sock_set_recv_timeout", fd, uint64_t{20'000}), Errno::Success);
  EXPECT_EQ(guest("sock_get_recv_timeout", fd, out), Errno::Success);
  EXPECT_EQ(guest.read<uint64_t>(out), 20'000u);
  const GuestRange data{guest.room(8), 8};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(guest("sock_recv_from", fd, guest.put_iovecs({data}), 0u, guest.room(24), guest.room(4)), Errno::Again);
  EXPECT_GE(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 0.02);
  EXPECT_EQ(guest("fd_read", fd, guest.put_iovecs({data}), guest.room(4)), Errno::Again) << "whatever call waits";
}

TEST(SocketsExtension, NamesAreLookedUp) {
  NetworkGuest guest({"localhost:1"});
  struct Info {
    WamrAddress address;
    int32_t type;
  };
  struct Hints {
    int32_t type;
    uint32_t family;
    uint32_t enabled;
  };
  const uint32_t infos = guest.room(4 * sizeof(Info)), total = guest.room(4);
  const auto resolve = [&](std::string_view host, std::string_view service, const Hints& hints, uint32_t size) {
    const uint32_t host_at = guest.put(std::string(host) + '\0').address, service_at = guest.put(std::string(service) + '\0').address;
    return guest("sock_addr_resolve", host_at, service_at, guest.put(hints), infos, size, total);
  };
  const wasi::Fd fd = guest.open(kStream);
  EXPECT_EQ(guest.connect(fd, 1), Errno::Acces) << "a name's rule holds once it was looked up";
  ASSERT_EQ(resolve("localhost", "80", {1, 0, 1}, 4), Errno::Success);
  ASSERT_GE(guest.read<uint32_t>(total), 1u);
  const Info info = guest.read<Info>(infos);
  EXPECT_EQ(port_of(info.address), 80);
  EXPECT_EQ(info.address.bytes[0], 127);
  EXPECT_EQ(info.type, 1);
  EXPECT_EQ(guest.connect(fd, 1), Errno::ConnRefused);
  ASSERT_EQ(resolve("localhost", "", {-1, 0, 1}, 1), Errno::Success);
  EXPECT_GE(guest.read<uint32_t>(total), 2u) << "datagrams and streams, of which one fits";
  ASSERT_EQ(resolve("127.0.0.1", "53", {0, 2, 1}, 4), Errno::Success) << "figures need no rule";
  EXPECT_EQ(resolve("example.com", "80", {}, 4), Errno::Acces);
  EXPECT_EQ(resolve(std::string(300, 'x'), "80", {}, 4), Errno::NameTooLong);
  EXPECT_EQ(resolve("localhost", "80", {}, 0x10000000), Errno::Fault);
}

/// A listener of this machine that takes no more connections, so that connecting waits.
struct FullListener {
  FullListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fds[0], reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fds[0], 0), 0);
    EXPECT_EQ(getsockname(fds[0], reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
    for (int i = 1; i < 4; ++i) (void)connect(fds[i], reinterpret_cast<sockaddr*>(&address), size);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ~FullListener() {
    for (int fd : fds) close(fd);
  }
  static int new_socket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }
  int fds[4] = {new_socket(), new_socket(), new_socket(), new_socket()};
  uint16_t port = 0;
};

/// A kill wakes a guest that waits for a connection, for one to be made, or for data.
TEST(SocketsExtension, AKillEndsEveryWait) {
  NetworkGuest guest({"listen:127.0.0.1:*", "*:*"});
  const wasi::Fd listener = guest.open(kStream), datagrams = guest.open(kDatagram), stuck = guest.open(kStream);
  ASSERT_EQ(guest.bind(listener, 0), Errno::Success);
  ASSERT_EQ(guest("sock_listen", listener, 1u), Errno::Success);
  ASSERT_EQ(guest.bind(datagrams, 0), Errno::Success);
  const FullListener full;
  const GuestRange data{guest.room(8), 8};
  for (int which = 0; which < 3; ++which) {
    std::chrono::steady_clock::time_point killed;
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      killed = std::chrono::steady_clock::now();
      guest.execution.request_kill();
    });
    Errno error = Errno::Success;
    if (which == 0) error = guest("sock_accept", listener, 0u, guest.room(4));
    if (which == 1) error = guest("sock_recv_from", datagrams, guest.put_iovecs({data}), 0u, guest.room(24), guest.room(4));
    if (which == 2) error = guest("sock_connect", stuck, guest.put(loopback(full.port)));
    const auto end = std::chrono::steady_clock::now();
    killer.join();
    EXPECT_EQ(error, Errno{0xffff}) << which;
    EXPECT_EQ(guest.execution.last_trap().kind, TrapKind::Killed) << which;
    EXPECT_LT(end - killed, kPrompt) << which;
    guest.execution.clear_requests();
  }
}

}  // namespace
}  // namespace umber::test
