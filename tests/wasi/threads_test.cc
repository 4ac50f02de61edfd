// wasi-threads: threads come, work and go; whatever ends one of them ends the guest, wherever the others are.
#include "tests/support/prompt.h"
#include "wasi/threads.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "interp/interpreter.h"
#include "ports/linux/platform.h"
#include "ports/posix/platform.h"
#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// What all guests here begin with. A thread adds 1 to the word at 0 when it begins.
const std::string kPrelude = R"((module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (import "env" "memory") 1 1 shared) (export "memory" (memory 0))
  (func $begin (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
  (func $await_begun (param i32)
    (local i32)
    (loop $l
      (local.set 1 (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get 1) (local.get 0))
        (then (drop (memory.atomic.wait32 (i32.const 0) (local.get 1) (i64.const -1))) (br $l)))))
  (func $block (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1))))
  (func $spin (loop $l (br $l)))
  ;; One byte from descriptor 0 to address 1000 + 16 * id.
  (func $read_byte (param $id i32) (result i32) (local $at i32)
    (local.set $at (i32.add (i32.const 1000) (i32.mul (local.get $id) (i32.const 16))))
    (i32.store (local.get $at) (i32.add (local.get $at) (i32.const 12)))
    (i32.store offset=4 (local.get $at) (i32.const 1))
    (call $read (i32.const 0) (local.get $at) (i32.const 1) (i32.add (local.get $at) (i32.const 8))))
  ;; Sleeps for that many nanoseconds; its subscription lies at 4096 + 256 * id.
  (func $sleep (param $id i32) (param $ns i64) (local $at i32)
    (local.set $at (i32.add (i32.const 4096) (i32.mul (local.get $id) (i32.const 256))))
    (i32.store offset=16 (local.get $at) (i32.const 1))
    (i64.store offset=24 (local.get $at) (local.get $ns))
    (drop (call $poll (local.get $at) (i32.add (local.get $at) (i32.const 64)) (i32.const 1) (i32.add (local.get $at) (i32.const 128)))))
)";

/// A guest with a pipe as its standard input.
struct ThreadedGuest {
  explicit ThreadedGuest(const std::string& body, uint32_t max_threads = 64, uint64_t fuel = kUnlimitedFuel)
      : module(kPrelude + body + ")"),
        execution(store, {.fuel = fuel, .on_request = &Wasi::on_request, .on_request_state = &wasi}),
        threads(config(max_threads, fuel)) {
    EXPECT_TRUE(execution.init().ok());
    EXPECT_EQ(pipe(ends), 0);
    Result<wasi::File*> input = posix.adopt(ends[0], posix::Descriptor::Ownership::Owned);
    EXPECT_TRUE(input.ok() && wasi.set_stdio(0, **input).ok());
    EXPECT_TRUE(wasi.add_to(linker).ok() && threads.add_to(linker).ok());
    Result<Instance*> made = linker.instantiate(module, interpreter, execution);
    EXPECT_TRUE(made.ok()) << made.error().message().c_str();
    instance = *made;
  }
  ~ThreadedGuest() { close(ends[1]); }
  RunStatus run() {
    Slot none{};
    const auto begin = SteadyClock::now();
    const RunStatus status = threads.finish(execution.call(*instance->find_func("_start"), &none));
    took = SteadyClock::now() - begin;
    return status;
  }
  [[nodiscard]] uint32_t word(uint32_t address) { return load_le<uint32_t>(instance->find_memory("memory")->base() + address); }

  wasi::ThreadsConfig config(uint32_t max_threads, uint64_t fuel) {
    wasi::ThreadsConfig result{platform.allocator, platform.scheduler, wasi, execution, {.fuel = fuel}, module, interpreter};
    result.create_platform = [](void* guest) -> wasi::Platform* {
      auto& self = *static_cast<ThreadedGuest*>(guest);
      ++self.platforms;
      return new posix::PosixPlatform(self.platform.allocator);
    };
    result.release_platform = [](void* guest, wasi::Platform* released) {
      --static_cast<ThreadedGuest*>(guest)->platforms;
      delete static_cast<posix::PosixPlatform*>(released);
    };
    result.state = this;
    result.max_threads = max_threads;
    return result;
  }

  std::atomic<int> platforms{0};
  SteadyClock::duration took{};  ///< how long the run lasted
  int ends[2] = {-1, -1};
  linux_port::Platform platform;
  TextModule module;
  posix::PosixPlatform posix{platform.allocator};
  Wasi wasi{platform.allocator, posix};
  Interpreter interpreter{platform.allocator, {.scheduler = &platform.scheduler}};
  Store store{platform.allocator, {}, &platform.virtual_memory, &platform.clock, &platform.scheduler};
  Linker linker{store};
  Execution execution;
  wasi::Threads threads;
  Instance* instance = nullptr;
};

TEST(WasiThreads, HaveTheirNumberAndArgumentAndShareMemory) {
  ThreadedGuest guest(R"(
    (func (export "wasi_thread_start") (param i32 i32)
      (i32.store (i32.mul (local.get 0) (i32.const 4)) (local.get 1)) (call $begin))
    (func (export "_start")
      (if (i32.ne (call $spawn (i32.const 111)) (i32.const 1)) (then unreachable))
      (if (i32.ne (call $spawn (i32.const 222)) (i32.const 2)) (then unreachable))
      (call $await_begun (i32.const 2))))");
  EXPECT_EQ(guest.run(), RunStatus::Done);
  EXPECT_EQ(guest.word(4), 111u);
  EXPECT_EQ(guest.word(8), 222u);
}

/// The main thread waits where it can wait; another one ends the guest; and the other way round.
struct Ending {
  const char* name;
  const char* main;    ///< what the main thread does at the end
  const char* thread;  ///< what thread 1 does; all others block
  TrapKind trap;
};

class WasiThreadEndings : public ::testing::TestWithParam<Ending> {};

TEST_P(WasiThreadEndings, EndTheWholeGuestAtOnce) {
  ThreadedGuest guest(std::string(R"(
    (func (export "wasi_thread_start") (param i32 i32)
      (call $begin)
      (if (i32.eq (local.get 1) (i32.const 1)) (then (call $block)))
      (if (i32.eq (local.get 1) (i32.const 2)) (then (call $spin)))
      (if (i32.eq (local.get 1) (i32.const 3)) (then (call $sleep (local.get 0) (i64.const 3600000000000))))
      (if (i32.eq (local.get 1) (i32.const 4)) (then (drop (call $read_byte (local.get 0)))))
      (if (i32.eq (local.get 1) (i32.const 5)) (then (call $await_begun (i32.const 5)) )") +
                      GetParam().thread + R"()))
    (func (export "_start") (local i32)
      (loop $l
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (if (i32.lt_s (call $spawn (local.get 0)) (i32.const 0)) (then unreachable))
        (br_if $l (i32.lt_u (local.get 0) (i32.const 5))))
      (call $await_begun (i32.const 5)) )" + GetParam().main + ")");
  const RunStatus status = guest.run();
  EXPECT_EQ(status, GetParam().trap == TrapKind::None ? RunStatus::Done : RunStatus::Trapped);
  if (status == RunStatus::Trapped) EXPECT_EQ(guest.threads.trap().kind, GetParam().trap);
  if (GetParam().trap == TrapKind::Exit) EXPECT_EQ(guest.threads.trap().exit_code, 42);
  EXPECT_LT(guest.took, kPrompt);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, WasiThreadEndings,
    ::testing::Values(Ending{"ReturnOfMain", "", "(call $block)", TrapKind::None},
                      Ending{"ExitOfMain", "(call $exit (i32.const 42))", "(call $spin)", TrapKind::Exit},
                      Ending{"TrapOfMain", "unreachable", "(call $block)", TrapKind::Unreachable},
                      Ending{"ExitWhileMainBlocks", "(call $block)", "(call $exit (i32.const 42))", TrapKind::Exit},
                      Ending{"ExitWhileMainSpins", "(call $spin)", "(call $exit (i32.const 42))", TrapKind::Exit},
                      Ending{"ExitWhileMainReads", "(drop (call $read_byte (i32.const 0)))", "(call $exit (i32.const 42))", TrapKind::Exit},
                      Ending{"TrapWhileMainSleeps", "(call $sleep (i32.const 0) (i64.const 3600000000000))", "unreachable",
                             TrapKind::Unreachable}),
    [](const auto& info) { return info.param.name; });

TEST(WasiThreads, AKillOfTheMainThreadEndsAll) {
  ThreadedGuest guest(R"(
    (func (export "wasi_thread_start") (param i32 i32) (call $begin) (drop (call $read_byte (local.get 0))))
    (func (export "_start") (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0)))
      (call $await_begun (i32.const 2)) (call $block)))");
  SteadyClock::time_point killed;
  std::thread killer([&] {
    while (__atomic_load_n(reinterpret_cast<uint32_t*>(guest.instance->find_memory("memory")->base()), __ATOMIC_SEQ_CST) < 2)
      std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    killed = SteadyClock::now();
    guest.execution.request_kill();
  });
  EXPECT_EQ(guest.run(), RunStatus::Trapped);
  const auto end = SteadyClock::now();
  killer.join();
  EXPECT_EQ(guest.threads.trap().kind, TrapKind::Killed);
  EXPECT_LT(end - killed, kPrompt);
}

TEST(WasiThreads, TheDeadlineIsEverybodys) {
  ThreadedGuest guest(R"(
    (func (export "wasi_thread_start") (param i32 i32) (call $begin) (call $spin))
    (func (export "_start") (drop (call $spawn (i32.const 0))) (call $block)))");
  guest.execution.set_deadline(guest.platform.clock.now_ns() + 30'000'000);
  EXPECT_EQ(guest.run(), RunStatus::Trapped);
  EXPECT_EQ(guest.threads.trap().kind, TrapKind::DeadlineExceeded);
  EXPECT_LT(guest.took, kPrompt);
}

TEST(WasiThreads, ThousandsOneAfterAnotherTakeTheRoomOfOne) {
  ThreadedGuest guest(R"(
    (func (export "wasi_thread_start") (param i32 i32) (call $begin))
    (func (export "_start") (local i32)
      (loop $l
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (loop $again (br_if $again (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))))
        (call $await_begun (local.get 0))
        (br_if $l (i32.lt_u (local.get 0) (i32.const 2000))))))", 3);
  EXPECT_EQ(guest.run(), RunStatus::Done);
  EXPECT_EQ(guest.word(0), 2000u);
  EXPECT_LE(guest.platforms, 3);
}

TEST(WasiThreads, AreLimited) {
  const char* const body = R"(
    (func (export "wasi_thread_start") (param i32 i32) (call $begin) (call $block))
    (func (export "_start")
      (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))
      (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))
      (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))))";
  ThreadedGuest guest(body, 2);
  EXPECT_EQ(guest.run(), RunStatus::Done);
  ThreadedGuest metered(R"(
    (func (export "wasi_thread_start") (param i32 i32))
    (func (export "_start") (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))))", 2, 1'000'000);
  EXPECT_EQ(metered.run(), RunStatus::Done);
}

TEST(WasiThreads, WithoutAStartFunctionOfTheRightTypeThereAreNone) {
  for (const char* start : {"", "(func (export \"wasi_thread_start\") (param i32))", "(func (export \"wasi_thread_start\") (param i64 i32))"}) {
    ThreadedGuest guest(std::string(start) + R"(
      (func (export "_start") (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then unreachable))))");
    EXPECT_EQ(guest.run(), RunStatus::Done);
    EXPECT_EQ(guest.platforms, 0);
  }
}

/// Each of ten goes on sleeping until it has seen all ten begin: one after another they would never end.
TEST(WasiThreads, SleepSideBySide) {
  ThreadedGuest guest(R"(
    (func (export "wasi_thread_start") (param i32 i32)
      (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
      (loop $l
        (call $sleep (local.get 0) (i64.const 5000000))
        (br_if $l (i32.lt_u (i32.atomic.load (i32.const 8)) (i32.const 10))))
      (call $begin))
    (func (export "_start") (local i32)
      (loop $l
        (drop (call $spawn (i32.const 0)))
        (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10))))
      (call $await_begun (i32.const 10))))");
  EXPECT_EQ(guest.run(), RunStatus::Done);
  EXPECT_GE(guest.took, std::chrono::milliseconds(5));
}

/// The pipe is closed by one thread while another waits for its first byte, which then still comes.
TEST(WasiThreads, AFileStaysOpenWhileItIsReadThoughAnotherThreadClosesIt) {
  ThreadedGuest guest(R"(
    (func (export "wasi_thread_start") (param i32 i32)
      (call $begin)
      (i32.store (i32.const 32) (call $read_byte (local.get 0)))
      (i32.store (i32.const 36) (call $read_byte (i32.const 9)))
      (call $begin))
    (func (export "_start")
      (drop (call $spawn (i32.const 0)))
      (call $await_begun (i32.const 1))
      (call $sleep (i32.const 0) (i64.const 30000000))
      (i32.store (i32.const 40) (call $close (i32.const 0)))
      (call $sleep (i32.const 0) (i64.const 30000000))
      (call $await_begun (i32.const 2))))");
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(90));
    EXPECT_EQ(write(guest.ends[1], "x", 1), 1);
  });
  EXPECT_EQ(guest.run(), RunStatus::Done);
  writer.join();
  EXPECT_EQ(guest.word(40), 0u) << "closed";
  EXPECT_EQ(guest.word(32), 0u) << "read";
  EXPECT_EQ(guest.word(1000 + 16 + 12) & 0xff, uint32_t{'x'});
  EXPECT_EQ(guest.word(36), static_cast<uint32_t>(wasi::Errno::Badf)) << "and then it is closed";
}

}  // namespace
}  // namespace umber::test
