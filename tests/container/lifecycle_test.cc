// The life of containers: states, ends, kill wherever a guest may be, pause, restart, removal, limits.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tests/container/fixture.h"
#include "tests/container/kill_cases.h"
#include "tests/support/prompt.h"

namespace umber::container {
namespace {

constexpr const char* kReturn = R"((module (func (export "_start"))))";
constexpr const char* kExit7 = R"((module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_start") (call $exit (i32.const 7)))))";
constexpr const char* kTrap = R"((module (func $inner unreachable) (func (export "_start") (call $inner))))";

using Life = ContainerTest;

TEST_F(Life, EndsAreRecorded) {
  EXPECT_TRUE(run(kReturn).is_success());
  const ExitRecord exited = run(kExit7);
  EXPECT_EQ(exited.kind, ExitKind::Exited);
  EXPECT_EQ(exited.code, 7);
  const Handle trapping = start(kTrap);
  const ExitRecord trapped = end_of(trapping);
  EXPECT_EQ(trapped.kind, ExitKind::Trapped);
  EXPECT_EQ(trapped.trap, TrapKind::Unreachable);
  EXPECT_FALSE(trapped.is_success());
  std::string backtrace;
  must(runtime->write_backtrace(trapping, {[](void* state, StringRef text) {
                                             static_cast<std::string*>(state)->append(text.data(), text.size());
                                           },
                                           &backtrace}));
  EXPECT_NE(backtrace.find("wasm backtrace:"), std::string::npos) << backtrace;
}

TEST_F(Life, DataSegmentOutOfRangeIsAResultAndNotAHang) {
  const ExitRecord record = run(R"((module (memory 1) (data (i32.const 70000) "x") (func (export "_start"))))");
  EXPECT_EQ(record.kind, ExitKind::Trapped);
  EXPECT_EQ(record.trap, TrapKind::MemoryOutOfBounds);
}

TEST_F(Life, MissingEntryPointIsRefused) {
  const ExitRecord record = run("(module)");
  EXPECT_EQ(record.kind, ExitKind::Refused);
  EXPECT_NE(record.message.str().size(), 0u);
}

/// How long a kill took, in nanoseconds.
uint64_t time_to_kill(Runtime& runtime, Handle handle) {
  const uint64_t before = runtime.now_ns();
  EXPECT_TRUE(runtime.kill(handle).ok());
  const Result<bool> ended = runtime.wait(handle, before + 10 * kSecond);
  EXPECT_TRUE(ended.ok() && ended.value());
  return runtime.now_ns() - before;
}

class Kill : public Life, public ::testing::WithParamInterface<KillCase> {};

TEST_P(Kill, EndsItAtOnce) {
  const Handle handle = create(image(GetParam().source));
  for (int i = 0; i < 5; ++i) {
    must(runtime->start(handle));
    sleep_ms(5);
    EXPECT_LT(std::chrono::nanoseconds(time_to_kill(*runtime, handle)), test::kPrompt);
    EXPECT_EQ(look(handle).exit.kind, ExitKind::Killed);
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, Kill, ::testing::ValuesIn(kKillCases), [](const auto& info) { return std::string(info.param.name); });

/// A listening socket of the test's own, on a port that nobody else has.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 16), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

 private:
  int fd_;
  uint16_t port_ = 0;
};

TEST_F(Life, KillInAcceptReceiveAndRead) {
  Listener listener;
  const std::string connect = "connect:tcp:127.0.0.1:" + listener.port();
  std::string free_port;
  {
    Listener other;
    free_port = other.port();
  }
  struct Case {
    const char* name;
    std::string grant;
    const char* source;
  };
  const Case cases[] = {
      {"accept", "listen:tcp:127.0.0.1:" + free_port, R"((module
          (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32))) (memory (export "memory") 1)
          (func (export "_start") (if (call $accept (i32.const 3) (i32.const 0) (i32.const 8)) (then unreachable)))))"},
      {"receive", connect, R"((module
          (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)
          (func (export "_start") (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 16))
            (if (call $recv (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 32) (i32.const 36)) (then unreachable)))))"},
      {"read", connect, R"((module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)
          (func (export "_start") (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 16))
            (if (call $read (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 32)) (then unreachable)))))"},
  };
  for (const Case& each : cases) {
    TestConfig setup;
    setup.grants = {each.grant};
    const Handle handle = create(image(each.source), setup);
    for (int i = 0; i < 5; ++i) {
      must(runtime->start(handle));
      sleep_ms(5);
      EXPECT_LT(std::chrono::nanoseconds(time_to_kill(*runtime, handle)), test::kPrompt) << each.name;
      EXPECT_EQ(look(handle).exit.kind, ExitKind::Killed) << each.name << ": " << look(handle).exit.message.c_str();
    }
  }
}

/// Opens a TCP socket with WasmEdge's functions, connects it to 127.0.0.1 and exits with the errno.
std::string connecting_guest(const std::string& port) {
  return R"((module
      (import "wasi_snapshot_preview1" "sock_open" (func $open (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "sock_connect" (func $connect (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\10\00\00\00\04\00\00\00") (data (i32.const 16) "\7f\00\00\01")
      (func (export "_start")
        (if (call $open (i32.const 1) (i32.const 2) (i32.const 32)) (then unreachable))
        (call $exit (call $connect (i32.load (i32.const 32)) (i32.const 0) (i32.const )" + port + ")))))";
}

TEST_F(Life, ANetworkGrantLetsTheGuestOpenSocketsWithinItsRule) {
  constexpr uint32_t kAcces = 2;
  Listener listener, other;
  TestConfig setup;
  EXPECT_EQ(run(connecting_guest(listener.port()), setup).kind, ExitKind::Refused);
  setup.grants = {"connect:tcp:127.0.0.1:" + listener.port()};
  EXPECT_EQ(run(connecting_guest(listener.port()), setup).kind, ExitKind::Refused) << "a socket that is handed over allows no other";
  setup.grants = {"net:127.0.0.1:" + listener.port()};
  const ExitRecord connected = run(connecting_guest(listener.port()), setup);
  EXPECT_EQ(connected.kind, ExitKind::Exited) << connected.message.c_str();
  EXPECT_EQ(connected.code, 0u);
  const ExitRecord refused = run(connecting_guest(other.port()), setup);
  EXPECT_EQ(refused.kind, ExitKind::Exited) << refused.message.c_str();
  EXPECT_EQ(refused.code, kAcces);
}

TEST_F(Life, SocketsHaveALimitOfTheirOwn) {
  std::string port;
  {
    Listener free;
    port = free.port();
  }
  TestConfig setup;
  setup.grants = {"listen:tcp:127.0.0.1:" + port};
  setup.limits.sockets = 3;  // the listener, and two that it accepts
  const Handle handle = start(R"((module
      (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
      (func (export "_start") (local $error i32) (local $count i32)
        (loop $l (local.set $error (call $accept (i32.const 3) (i32.const 0) (i32.const 8)))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br_if $l (i32.eqz (local.get $error))))
        (call $exit (i32.add (i32.mul (i32.const 100) (local.get $count)) (local.get $error))))))", setup);
  int clients[2];
  for (int& client : clients) {
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(port)));
    EXPECT_TRUE(eventually([&] { return connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0; }));
  }
  EXPECT_EQ(end_of(handle).code, 300 + static_cast<int>(wasi::Errno::Mfile));
  for (const int client : clients) ::close(client);
}

TEST_F(Life, SiblingsDoNotNotice) {
  const Handle image_handle = image(kSpin);
  const Handle a = create(image_handle), b = create(image_handle);
  must(runtime->start(a));
  must(runtime->start(b));
  must(runtime->kill(a));
  end_of(a);
  EXPECT_EQ(look(b).state, State::Running);
  EXPECT_TRUE(eventually([&] { return look(b, 20 * kSecond).usage.fuel > 0; }));  // it may only just have got a thread
  must(runtime->kill(b));
  end_of(b);
}

TEST_F(Life, PauseStopsAndResumesExactlyThere) {
  // Counts in memory for ever; while it is paused nothing moves.
  const Handle handle = start(kSpin);
  must(runtime->pause(handle, runtime->now_ns() + 20 * kSecond));
  ASSERT_EQ(look(handle).state, State::Paused);
  const uint64_t fuel = look(handle).usage.fuel;
  sleep_ms(20);
  EXPECT_EQ(look(handle, 20 * kMs).usage.fuel, fuel);
  must(runtime->unpause(handle));
  EXPECT_TRUE(eventually([&] { return look(handle, 100 * kMs).usage.fuel > fuel; }));
  must(runtime->kill(handle));
  EXPECT_EQ(end_of(handle).kind, ExitKind::Killed);
}

TEST_F(Life, PauseInAHostWaitAndKillWhilePaused) {
  for (const char* source : {kSleep, kSpin, R"((module (func $s (loop $l (br $l))) (start $s) (func (export "_start"))))"}) {
    const Handle handle = start(source);
    sleep_ms(5);
    must(runtime->pause(handle, runtime->now_ns() + 20 * kSecond));
    EXPECT_EQ(look(handle).state, State::Paused);
    must(runtime->kill(handle));
    EXPECT_EQ(end_of(handle).kind, ExitKind::Killed);
  }
}

TEST_F(Life, StopAsksThenKills) {
  const Handle handle = start(kSpin);
  const uint64_t before = runtime->now_ns();
  must(runtime->stop(handle, before + 30 * kMs));
  EXPECT_GE(runtime->now_ns() - before, 30 * kMs);
  EXPECT_EQ(look(handle).exit.kind, ExitKind::Killed);
  EXPECT_EQ(look(handle).state, State::Exited);
  // A guest that listens for it ends by itself.
  const Handle polite = start(R"((module
      (import "umber" "events_open" (func $open (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start") (drop (call $open (i32.const 0)))
        (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 256))
        (drop (call $read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 32)))
        (if (i32.ne (i32.load16_u (i32.const 68)) (i32.const 5)) (then unreachable)))))");
  must(runtime->stop(polite, runtime->now_ns() + 10 * kSecond));
  EXPECT_TRUE(look(polite).exit.is_success()) << look(polite).exit.message.c_str();
}

TEST_F(Life, WrongStatesAreErrors) {
  const Handle handle = create(image(kSpin));
  EXPECT_EQ(message(runtime->pause(handle, 0)), "cannot pause a container that is created");
  EXPECT_EQ(message(runtime->unpause(handle)), "cannot unpause a container that is created");
  must(runtime->start(handle));
  EXPECT_EQ(message(runtime->start(handle)), "cannot start a container that is running");
  EXPECT_EQ(message(runtime->remove(handle)), "cannot remove a container that is running");
  must(runtime->remove(handle, true));
  EXPECT_EQ(message(runtime->start(handle)), "no such container");
}

TEST_F(Life, HandlesOfRemovedContainersFindNothing) {
  const Handle image_handle = image(kReturn);
  const Handle first = create(image_handle);
  must(runtime->remove(first));
  const Handle second = create(image_handle);
  EXPECT_NE(first, second);
  EXPECT_FALSE(runtime->start(first).ok());
  must(runtime->start(second));
  EXPECT_TRUE(end_of(second).is_success());
  EXPECT_FALSE(runtime->remove_image(image_handle).ok());
  must(runtime->remove(second));
  must(runtime->remove_image(image_handle));
  EXPECT_FALSE(runtime->remove_image(image_handle).ok());
  EXPECT_EQ(runtime->container_count(), 0u);
}

TEST_F(Life, RestartsWithBackOff) {
  TestConfig setup;
  setup.restart = {.when = Restart::OnFailure, .max_restarts = 3, .backoff_ns = 2 * kMs};
  const uint64_t before = runtime->now_ns();
  const Handle failing = start(kTrap, setup);
  end_of(failing);
  EXPECT_EQ(look(failing).restarts, 3u);
  EXPECT_GE(runtime->now_ns() - before, (2 + 4 + 8) * kMs);
  EXPECT_EQ(look(start(kReturn, setup)).restarts, 0u);

  setup.restart = {.when = Restart::Always, .backoff_ns = 100 * kSecond, .max_backoff_ns = 100 * kSecond};
  const Handle always = start(kReturn, setup);
  EXPECT_TRUE(eventually([&] { return look(always).restart_pending; }));
  must(runtime->stop(always, runtime->now_ns() + 20 * kSecond));
  EXPECT_FALSE(look(always).restart_pending);
}

TEST_F(Life, LimitsEndInARecord) {
  TestConfig setup;
  setup.limits.fuel = 100'000;
  EXPECT_EQ(run(kSpin, setup).kind, ExitKind::OutOfFuel);
  setup = {};
  setup.limits.run_time_ns = 20 * kMs;
  EXPECT_EQ(run(kSpin, setup).trap, TrapKind::DeadlineExceeded);
  EXPECT_EQ(run(kSleep, setup).trap, TrapKind::DeadlineExceeded);
  setup = {};
  setup.limits.memory_bytes = 128 * 1024;
  // Growing beyond is an error to the guest; a larger minimum is refused.
  EXPECT_TRUE(run(R"((module (memory 1) (func (export "_start")
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const 1)) (then unreachable))
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)))))", setup).is_success());
  EXPECT_EQ(run(R"((module (memory 3) (func (export "_start"))))", setup).kind, ExitKind::Refused);
  setup = {};
  setup.limits.stack_bytes = 16 * 1024;
  EXPECT_EQ(run(R"((module (func $f (export "_start") (call $f))))", setup).trap, TrapKind::StackOverflow);
  setup = {};
  setup.limits.heap_bytes = 1 << 20;
  EXPECT_EQ(run(R"((module (type $a (array (mut i8)))
      (func (export "_start") (local $keep (ref null $a)) (local.set $keep (array.new_default $a (i32.const 2000000))))))", setup).kind, ExitKind::OutOfMemory);
  setup = {};
  setup.limits.host_bytes = 2 * 1024;
  EXPECT_EQ(run(kReturn, setup).kind, ExitKind::OutOfMemory);
}

TEST_F(Life, AMisspeltImportIsRefusedWithASuggestion) {
  const auto refusal = [&](const char* import) {
    const ExitRecord end = run(std::string("(module (import \"env\" \"memory\" (memory 1)) (import ") + import + " (func)) (func (export \"_start\")))");
    EXPECT_EQ(end.kind, ExitKind::Refused);
    return std::string(end.message.c_str());
  };
  EXPECT_EQ(refusal("\"env\" \"ocre_slep\""), "0x1f: unknown import: function \"env\" \"ocre_slep\"; did you mean \"ocre_sleep\"?");
  EXPECT_EQ(refusal("\"wasi_snapshot_preview1\" \"fd_wirte\""), "0x1f: unknown import: function \"wasi_snapshot_preview1\" \"fd_wirte\"; did you mean \"fd_write\"?");
  EXPECT_EQ(refusal("\"wasi_snapshot_preview2\" \"fd_write\""), "0x1f: unknown import: function \"wasi_snapshot_preview2\" \"fd_write\"; did you mean \"wasi_snapshot_preview1\"?");
  EXPECT_EQ(refusal("\"env\" \"launch_missiles\""), "0x1f: unknown import: function \"env\" \"launch_missiles\"");
}

TEST_F(Life, MalformedConfigurationsAreRefusedAtCreation) {
  const Handle image_handle = image(kReturn);
  TestConfig setup;
  setup.grants = {"timers", "telepathy"};
  const Result<Handle> created = try_create(image_handle, setup);
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().code(), ErrorCode::InvalidArgument);
  setup.grants = {};
  setup.limits.open_files = 2;
  EXPECT_FALSE(try_create(image_handle, setup).ok());
  must(runtime->remove_image(image_handle));
}

TEST_F(Life, NothingIsLeftWhenTheRuntimeGoesWhileContainersRun) {
  for (const char* source : {kSpin, kSleep, kReturn, kTrap}) start(source);
  TestConfig always;
  always.restart = {.when = Restart::Always, .backoff_ns = kMs};
  start(kTrap, always);
  runtime.reset();
  EXPECT_EQ(allocator.outstanding.load(), 0u);
}

/// Environment variable UMBER_RACES sets how many; the default keeps the test short.
TEST_F(Life, KillRacesWithExit) {
  const char* wanted = std::getenv("UMBER_RACES");
  const int races = wanted == nullptr ? 2000 : std::atoi(wanted);
  const Handle returning = create(image(kReturn)), sleeping = create(image(kSleep)), spinning = create(image(kSpin));
  const size_t before = allocator.outstanding.load();
  for (int i = 0; i < races; ++i) {
    const Handle handle = i % 3 == 0 ? returning : i % 3 == 1 ? sleeping : spinning;
    must(runtime->start(handle));
    for (int spin = 0; spin < (i * 7919) % 4096; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    must(runtime->kill(handle));
    const ExitRecord record = end_of(handle);
    ASSERT_TRUE(record.kind == ExitKind::Killed || (handle == returning && record.is_success())) << record.message.c_str();
  }
  // Only what the last runs' tasks and backtraces keep.
  EXPECT_LT(allocator.outstanding.load(), before + 16 * 1024);
}

TEST_F(Life, ManyThreadsAtOnce) {
  const Handle spinning = create(image(kSpin));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        switch ((i + t) % 6) {
          case 0: (void)runtime->start(spinning); break;
          case 1: (void)runtime->pause(spinning, runtime->now_ns() + kMs); break;
          case 2: (void)runtime->unpause(spinning); break;
          case 3: (void)runtime->kill(spinning); break;
          case 4: (void)runtime->stop(spinning, runtime->now_ns()); break;
          case 5: {
            Snapshot snapshot;
            (void)runtime->inspect(spinning, snapshot, kMs);
            break;
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  must(runtime->remove(spinning, true));
  EXPECT_EQ(runtime->container_count(), 0u);
}

}  // namespace
}  // namespace umber::container
