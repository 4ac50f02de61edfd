// Compiled images as containers' code: they run, trap and end as interpreted ones do, and are killed wherever they are.
#include <sys/mman.h>

#include "aot/compiler/compile.h"
#include "container/native_factory.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "tests/container/fixture.h"
#include "tests/support/prompt.h"

namespace umber::container {
namespace {

/// Executable memory with an image, as a mapped file would be.
class Code {
 public:
  explicit Code(const std::vector<uint8_t>& bytes) : size_(bytes.size()) {
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memcpy(memory_, bytes.data(), size_);
    mprotect(memory_, size_, PROT_READ | PROT_EXEC);
  }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { munmap(memory_, size_); }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return {static_cast<const uint8_t*>(memory_), size_}; }

 private:
  void* memory_;
  size_t size_;
};

class Compiled : public ::testing::Test {
 protected:
  Compiled() {
    runtime.emplace(allocator, scheduler, host, tiers);
    EXPECT_TRUE(runtime->init().ok());
  }
  std::vector<uint8_t> compile(std::string_view source, aot::Interruption interruption, bool whole = false) {
    auto assembled = text::assemble(source);
    if (!assembled.ok()) {
      ADD_FAILURE() << assembled.error().to_string();
      return {};
    }
    wasm::Module module(allocator);
    EXPECT_TRUE(wasm::parse(assembled.value(), wasm::Features::wasm3(), module).ok());
    EXPECT_TRUE(wasm::validate(module, allocator).ok());
    aot::CompileOptions options;
    options.target = aot::host_target();
    options.translate.interruption = interruption;
    options.embed_whole_module = whole;
    auto image = aot::compile(module, options, aot::Output::Image);
    EXPECT_TRUE(image.ok()) << (image.ok() ? "" : image.error().message().c_str());
    return image.ok() ? std::move(image).value() : std::vector<uint8_t>();
  }
  Handle create(const std::vector<uint8_t>& image, Config config = {}) {
    config.name = "compiled";
    codes.emplace_back(image);
    const Result<Handle> added = runtime->add_image(codes.back().bytes());
    EXPECT_TRUE(added.ok()) << (added.ok() ? "" : added.error().message().c_str());
    if (!added.ok()) return kNoHandle;
    const Result<Handle> made = runtime->create(added.value(), config);
    EXPECT_TRUE(made.ok());
    return made.ok() ? made.value() : kNoHandle;
  }
  ExitRecord end_of(Handle handle) {
    EXPECT_TRUE(runtime->wait(handle, runtime->now_ns() + 10 * kSecond).value()) << "still running";
    Snapshot snapshot;
    EXPECT_TRUE(runtime->inspect(handle, snapshot).ok());
    return snapshot.exit;
  }
  ExitRecord run(Handle handle) {
    EXPECT_TRUE(runtime->start(handle).ok());
    return end_of(handle);
  }

  CountingAllocator allocator;
  linux_port::PageMemory pages;
  linux_port::MonotonicClock clock;
  linux_port::ThreadScheduler scheduler{allocator};
  posix::ContainerHost host{allocator, clock, &pages, "/tmp"};
  NativeFactory tiers{scheduler};
  std::deque<Code> codes;
  std::optional<Runtime> runtime;
};

constexpr const char* kSpin = R"((module (func (export "_start") (loop $l (br $l)))))";

TEST_F(Compiled, EndsAreRecordedAsInterpretedOnesAre) {
  EXPECT_TRUE(run(create(compile(R"((module (func (export "_start"))))", aot::Interruption::Heartbeat))).is_success());
  const Handle trapping = create(compile(R"((module (func $inner unreachable) (func (export "_start") (call $inner))))", aot::Interruption::Heartbeat));
  EXPECT_EQ(run(trapping).trap, TrapKind::Unreachable);
  std::string backtrace;
  EXPECT_TRUE(runtime->write_backtrace(trapping, {[](void* state, StringRef text) {
                                                    static_cast<std::string*>(state)->append(text.data(), text.size());
                                                  },
                                                  &backtrace}).ok());
  EXPECT_NE(backtrace.find("wasm backtrace:"), std::string::npos) << backtrace;
  EXPECT_EQ(run(create(compile(R"((module (memory 1) (func (export "_start") (drop (i32.load (i32.const 65536))))))", aot::Interruption::Heartbeat))).trap,
            TrapKind::MemoryOutOfBounds);
}

TEST_F(Compiled, DeepRecursionEndsAtTheStacksLimitOfAnySize) {
  const std::vector<uint8_t> image = compile(
      R"((module (func $f (param i32) (result i32) (i32.add (call $f (i32.add (local.get 0) (i32.const 1))) (i32.const 1))) (func (export "_start") (drop (call $f (i32.const 0))))))",
      aot::Interruption::Heartbeat);
  for (const uint32_t stack : {64u << 10, 1u << 20, 8u << 20}) {
    Config config;
    config.limits.stack_bytes = stack;
    EXPECT_EQ(run(create(image, config)).trap, TrapKind::StackOverflow);
  }
}

struct Case {
  const char* name;
  const char* source;
};
class CompiledKill : public Compiled, public ::testing::WithParamInterface<Case> {};

/// How long it takes is what bench/containers prints.
TEST_P(CompiledKill, EndsItAtOnce) {
  for (const aot::Interruption interruption : {aot::Interruption::Heartbeat, aot::Interruption::Budget, aot::Interruption::Coarse}) {
    const Handle handle = create(compile(GetParam().source, interruption));
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(runtime->start(handle).ok());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      const uint64_t before = runtime->now_ns();
      EXPECT_TRUE(runtime->kill(handle).ok());
      EXPECT_EQ(end_of(handle).kind, ExitKind::Killed);
      EXPECT_LT(std::chrono::nanoseconds(runtime->now_ns() - before), test::kPrompt);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, CompiledKill,
                         ::testing::Values(Case{"Loop", kSpin}, Case{"StartFunction", R"((module (func $s (loop $l (br $l))) (start $s) (func (export "_start"))))"},
                                           Case{"Recursion", R"((module (func $f (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1)))))))
            (func (export "_start") (loop $l (drop (call $f (i32.const 24))) (br $l)))))"},
                                           Case{"MemoryGrow", R"((module (memory 1) (func (export "_start") (loop $l (drop (memory.grow (i32.const 1))) (br $l)))))"},
                                           Case{"MemoryFill", R"((module (memory 16) (func (export "_start")
            (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (br $l)))))"},
                                           Case{"Sleep", R"((module (import "env" "ocre_sleep" (func $sleep (param i32) (result i32)))
            (func (export "_start") (drop (call $sleep (i32.const 9999999))))))"}),
                         [](const auto& info) { return std::string(info.param.name); });

/// Computes for a while without a call, a hash of which every step counts, and ends with what came of it; with a helper's call in the
/// loop if asked.
std::string computing(bool calls_helpers) {
  return std::string(R"((module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
      (func (export "_start") (local $i i32) (local $x i64) (local.set $x (i64.const 88172645463325252))
        (loop $l )") + (calls_helpers ? "(memory.fill (i32.const 0) (i32.wrap_i64 (local.get $x)) (i32.const 60000))" : "") + R"(
          (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
          (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
          (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const )" + (calls_helpers ? "200000" : "400000000") + R"())))
        (call $exit (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 127))))))";
}

TEST_F(Compiled, PauseStopsALoopAndItGoesOnThere) {
  for (const bool calls_helpers : {false, true}) {
    int32_t expected = -1;
    for (const aot::Interruption interruption : {aot::Interruption::Heartbeat, aot::Interruption::Budget}) {
      const Handle handle = create(compile(computing(calls_helpers), interruption));
      EXPECT_TRUE(runtime->start(handle).ok());
      Snapshot snapshot;
      for (int i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ASSERT_TRUE(runtime->pause(handle, runtime->now_ns() + 10 * kSecond).ok());
        ASSERT_TRUE(runtime->inspect(handle, snapshot).ok());
        ASSERT_EQ(snapshot.state, State::Paused);
        ASSERT_TRUE(runtime->unpause(handle).ok());
      }
      const ExitRecord end = end_of(handle);
      EXPECT_EQ(end.kind, ExitKind::Exited) << end.message.c_str();
      if (expected < 0) expected = end.code;
      EXPECT_EQ(end.code, expected);
    }
  }
}

TEST_F(Compiled, AKillEndsOneThatStandsStill) {
  for (const aot::Interruption interruption : {aot::Interruption::Heartbeat, aot::Interruption::Budget}) {
    const Handle handle = create(compile(kSpin, interruption));
    EXPECT_TRUE(runtime->start(handle).ok());
    ASSERT_TRUE(runtime->pause(handle, runtime->now_ns() + 10 * kSecond).ok());
    EXPECT_TRUE(runtime->kill(handle).ok());
    EXPECT_EQ(end_of(handle).kind, ExitKind::Killed);
  }
}

TEST_F(Compiled, FuelEndsARunOfAnImageWithABudgetAndRefusesOneWithout) {
  Config config;
  config.limits.fuel = 100'000;
  EXPECT_EQ(run(create(compile(kSpin, aot::Interruption::Budget), config)).kind, ExitKind::OutOfFuel);
  EXPECT_EQ(run(create(compile(kSpin, aot::Interruption::Heartbeat), config)).kind, ExitKind::Refused);
}

TEST_F(Compiled, WithoutALoaderTheWholeModuleIsInterpretedAndAnotherIsRefused) {
  InterpreterFactory interpreting{scheduler};
  runtime.emplace(allocator, scheduler, host, interpreting);
  ASSERT_TRUE(runtime->init().ok());
  EXPECT_TRUE(run(create(compile(R"((module (func (export "_start"))))", aot::Interruption::Budget, true))).is_success());
  codes.emplace_back(compile(R"((module (func (export "_start"))))", aot::Interruption::Budget));
  EXPECT_FALSE(runtime->add_image(codes.back().bytes()).ok());
  runtime.reset();  // before its factory goes
}

}  // namespace
}  // namespace umber::container
