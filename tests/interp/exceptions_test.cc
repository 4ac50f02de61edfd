// Exceptions in the interpreter: where they are caught, what is alive there, and every way they take: through frames,
// instances, host functions, out of the run.
#include "runtime/exception.h"
#include "runtime/host_function.h"

#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

class Exceptions : public ::testing::TestWithParam<Mode> {
 protected:
  Guest guest{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Modes, Exceptions, ::testing::ValuesIn(kModes), [](const auto& info) { return name_of(info.param); });

// ---- catching ------------------------------------------------------------------------------------------------------

TEST_P(Exceptions, EveryKindOfClauseGetsItsPayload) {
  guest.add(R"((module
    (tag $e (param i32 v128 f64)) (tag $other)
    (func $throw (param i32)
      (throw $e (local.get 0) (v128.const i64x2 5 6) (f64.const 0.5)))
    (func $sum (param i32 v128 f64) (result i64)
      (i64.add (i64.extend_i32_u (local.get 0))
        (i64.add (i64x2.extract_lane 1 (local.get 1)) (i64.trunc_f64_s (f64.mul (local.get 2) (f64.const 200))))))
    (func (export "tag") (param i32) (result i64)
      (block $h (result i32 v128 f64)
        (block $no (try_table (catch $other $no) (catch $e $h) (call $throw (local.get 0))))
        unreachable)
      (call $sum))
    (func (export "tag_ref") (param i32) (result i64) (local $x exnref)
      (block $h (result i32 v128 f64 exnref) (try_table (catch_ref $e $h) (call $throw (local.get 0))) unreachable)
      (local.set $x) (call $sum)
      (i64.add (i64.extend_i32_u (i32.shl (ref.is_null (local.get $x)) (i32.const 20)))))
    (func (export "all") (param i32) (result i64)
      (block $h (try_table (catch_all $h) (call $throw (local.get 0))) unreachable)
      (i64.const 9))
    (func (export "all_ref") (param i32) (result i64)
      (block $outer (result i32 v128 f64)
        (try_table (catch $e $outer)
          (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw (local.get 0))) unreachable)
          (throw_ref))
        unreachable)
      (call $sum))))");
  EXPECT_EQ(guest.result("tag", {7}), 7u + 6 + 100);
  EXPECT_EQ(guest.result("tag_ref", {8}), 8u + 6 + 100);
  EXPECT_EQ(guest.result("all", {1}), 9u);
  EXPECT_EQ(guest.result("all_ref", {9}), 9u + 6 + 100);
}

TEST_P(Exceptions, ValuesInRegistersAreAliveAtTheLanding) {
  // The locals are hot in the loop, and a temporary waits below the block that catches.
  guest.add(R"((module
    (tag $e (param i32))
    (func $odd (param i32) (if (i32.and (local.get 0) (i32.const 1)) (then (throw $e (local.get 0)))))
    (func (export "run") (param $n i32) (result i64)
      (local $i i32) (local $sum i64) (local $f f64)
      (loop $next
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $i))))
        (local.set $f (f64.add (local.get $f) (f64.const 0.5)))
        (i64.mul (i64.extend_i32_u (local.get $i)) (i64.const 3))
        (block $h (result i32)
          (try_table (catch $e $h)
            (local.set $sum (i64.add (local.get $sum) (i64.const 1000)))
            (call $odd (local.get $i))
            (local.set $sum (i64.sub (local.get $sum) (i64.const 1000))))
          (i32.const 0))
        (i64.extend_i32_u) (i64.add) (local.get $sum) (i64.add) (local.set $sum)
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (i64.add (local.get $sum) (i64.trunc_f64_s (local.get $f))))))");
  uint64_t expected = 0;
  for (uint64_t i = 0; i < 100; ++i) expected += i + 3 * i + (i % 2 != 0 ? 1000 + i : 0);
  EXPECT_EQ(guest.result("run", {100}), expected + 50);
}

TEST_P(Exceptions, TheInnermostMatchingHandlerWins) {
  std::string source = "(module (tag $a (param i32)) (tag $b (param i32)) (func (export \"f\") (param i32) (result i32)\n";
  constexpr int kDepth = 300;
  for (int i = 0; i < kDepth; ++i)  // only every hundredth catches $a, and says where
    source += "(block $h" + std::to_string(i) + " (result i32) (try_table (result i32) (catch " + (i % 100 == 0 ? "$a" : "$b") + " $h" +
              std::to_string(i) + ")";
  source += "(if (i32.eqz (local.get 0)) (then (throw $a (i32.const 1)))) (throw $b (i32.const 2))";
  for (int i = kDepth - 1; i >= 0; --i) source += ") (i32.const " + std::to_string(i) + ") i32.add return)\n(i32.const " + std::to_string(1000 + i) + ") i32.add return\n";
  source = source.substr(0, source.rfind("return")) + "))";
  guest.add(source);
  EXPECT_EQ(guest.result("f", {0}), 1u + 1200);
  EXPECT_EQ(guest.result("f", {1}), 2u + 1299);
}

TEST_P(Exceptions, OfTheFormerProposal) {
  guest.add(R"((module
    (tag $e (param i32)) (tag $f)
    (func $throw (param i32) (throw $e (local.get 0)))
    (func (export "catch") (param i32) (result i32)
      (try (result i32) (do (call $throw (local.get 0)) (i32.const 0)) (catch $f (i32.const 1)) (catch $e (i32.const 10) (i32.add))))
    (func (export "rethrow") (param i32) (result i32)
      (try (result i32)
        (do (try (result i32) (do (call $throw (local.get 0)) (i32.const 0)) (catch_all (rethrow 0))))
        (catch $e (i32.const 20) (i32.add))))
    (func (export "delegate") (param i32) (result i32)
      (try $outer (result i32)
        (do (try (result i32)
          (do (try (result i32) (do (call $throw (local.get 0)) (i32.const 0)) (delegate $outer)))
          (catch_all (i32.const 5))))
        (catch $e (i32.const 30) (i32.add))))
    (func (export "in_catch") (param i32) (result i32)
      (try (result i32)
        (do (try (result i32) (do (call $throw (local.get 0)) (i32.const 0))
          (catch $e (drop) (try (result i32) (do (throw $f)) (catch $f (throw $e (i32.const 3)))))))
        (catch $e (i32.const 40) (i32.add))))))");
  EXPECT_EQ(guest.result("catch", {1}), 11u);
  EXPECT_EQ(guest.result("rethrow", {2}), 22u);
  EXPECT_EQ(guest.result("delegate", {3}), 33u);
  EXPECT_EQ(guest.result("in_catch", {4}), 43u);
}

TEST_P(Exceptions, NullIsNotThrown) {
  guest.add("(module (func (export \"f\") (try_table (catch_all 0) (throw_ref (ref.null exn)))))");
  EXPECT_EQ(guest.call("f"), RunStatus::Trapped);
  EXPECT_EQ(guest.trap().kind, TrapKind::NullExceptionReference) << "a trap is not caught";
}

// ---- across ----------------------------------------------------------------------------------------------------------

TEST_P(Exceptions, AcrossInstances) {
  Instance& thrower = guest.add(R"((module
    (tag (export "e") (param i32)) (memory 1) (global $g (mut i32) (i32.const 50))
    (func (export "throw") (param i32) (i32.store (i32.const 0) (i32.const 77)) (throw 0 (i32.add (local.get 0) (global.get $g))))))");
  ASSERT_TRUE(guest.linker.define_instance("t", thrower).ok());
  guest.add(R"((module
    (tag $e (import "t" "e") (param i32)) (func $throw (import "t" "throw") (param i32))
    (memory 1) (global $g (mut i32) (i32.const 3))
    (func $between (param i32) (call $throw (local.get 0)))
    (func (export "f") (param i32) (result i32)
      (i32.store (i32.const 0) (i32.const 1000))
      (block $h (result i32) (try_table (catch $e $h) (call $between (local.get 0))) unreachable)
      (i32.add (global.get $g)) (i32.add (i32.load (i32.const 0))))
    (func (export "tail") (param i32) (return_call $throw (local.get 0)))
    (func (export "caught_tail") (param i32) (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call 3 (local.get 0))) unreachable))))");
  EXPECT_EQ(guest.result("f", {200}), 200u + 50 + 3 + 1000) << "memory and globals are the catching instance's";
  EXPECT_EQ(guest.result("caught_tail", {1}), 51u);
  EXPECT_EQ(guest.call("tail", {2}), RunStatus::Trapped);
  EXPECT_EQ(ExceptionView(guest.trap().exception).payload(guest.store)[0].u32, 52u);
}

TEST_P(Exceptions, TagsAreDifferentEvenIfTheirTypesAreEqual) {
  guest.add(R"((module (tag $a (param i32)) (tag $b (param i32))
    (func (export "f") (result i32)
      (block $h (result i32) (try_table (catch $b $h) (throw $a (i32.const 1))) unreachable))))");
  EXPECT_EQ(guest.call("f"), RunStatus::Trapped);
  EXPECT_EQ(guest.trap().kind, TrapKind::UncaughtException);
  EXPECT_EQ(&ExceptionView(guest.trap().exception).tag(), &guest.instance->tag(0));
}

/// A host with a tag of its own: it throws, it calls back, it handles.
struct ThrowingHost {
  Func* callback = nullptr;
  Tag* tag = nullptr;
  int handled = 0;

  static HostResult raise(ThrowingHost* host, Caller& caller, int32_t value) {
    Slot payload{};
    payload.i32 = value;
    return caller.throw_exception(*host->tag, &payload);
  }
  static HostResult pass(ThrowingHost* host, Caller& caller, int32_t value) {
    Slot values[2] = {};
    values[0].i32 = value;
    return caller.call(*host->callback, values);
  }
  static HostResult handle(ThrowingHost* host, Caller& caller, int32_t value) {
    const HostResult result = pass(host, caller, value);
    if (result.status() != RunStatus::Trapped || caller.execution().last_trap().kind != TrapKind::UncaughtException) return result;
    host->handled += ExceptionView(caller.execution().last_trap().exception).payload(caller.store())[0].i32;
    return HostResult::done();
  }
};

TEST_P(Exceptions, AcrossHostFunctions) {
  ThrowingHost host;
  const wasm::ValType params[] = {wasm::ValType(wasm::ValType::I32)};
  host.tag = *guest.store.create_tag(*guest.store.types().add_func(params, {}));
  ASSERT_TRUE(guest.linker.define("h", "e", Extern(*host.tag)).ok());
  ASSERT_TRUE(guest.linker.define("h", "raise", host_function<&ThrowingHost::raise>(&host)).ok());
  ASSERT_TRUE(guest.linker.define("h", "pass", host_function<&ThrowingHost::pass>(&host)).ok());
  ASSERT_TRUE(guest.linker.define("h", "handle", host_function<&ThrowingHost::handle>(&host)).ok());
  guest.add(R"((module
    (tag $e (import "h" "e") (param i32))
    (func $raise (import "h" "raise") (param i32)) (func $pass (import "h" "pass") (param i32))
    (func $handle (import "h" "handle") (param i32))
    (func (export "back") (param i32) (call $raise (i32.add (local.get 0) (i32.const 1))))
    (func (export "direct") (param i32) (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $raise (local.get 0))) unreachable))
    (func (export "through") (param i32) (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $pass (local.get 0))) unreachable))
    (func (export "handled") (param i32) (block $h (try_table (catch_all $h) (call $handle (local.get 0)) (return))) unreachable)
    (func $tail (param i32) (result i32)
      (block $h (try_table (catch_all $h) (return_call $raise2 (local.get 0)))) (i32.const 111))
    (func $raise2 (param i32) (result i32) (call $raise (local.get 0)) (i32.const 0))
    (func $host_tail (param i32) (block $h (try_table (catch_all $h) (return_call $raise (local.get 0)))))
    (func (export "tail") (param i32) (result i32)
      (block $h (result i32) (try_table (catch $e $h) (drop (call $tail (local.get 0)))) unreachable))
    (func (export "host_tail") (param i32) (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $host_tail (local.get 0))) (i32.const 222)))))");
  host.callback = guest.instance->find_func("back");
  EXPECT_EQ(guest.result("direct", {5}), 5u);
  EXPECT_EQ(guest.result("through", {6}), 7u);
  EXPECT_EQ(guest.call("handled", {8}), RunStatus::Done);
  EXPECT_EQ(host.handled, 9);
  EXPECT_EQ(guest.result("tail", {10}), 10u) << "a frame that ended in a tail call catches nothing";
  EXPECT_EQ(guest.result("host_tail", {11}), 11u);
  EXPECT_EQ(guest.result("direct", {12}), 12u) << "and the next one catches again";
}

// ---- uncaught --------------------------------------------------------------------------------------------------------

TEST_P(Exceptions, UncaughtOnesEndTheRunWithTagAndPayload) {
  guest.add(R"((module (tag $e (param i32 f64 externref))
    (func $inner (param i32) (throw $e (local.get 0) (f64.const 1) (ref.null extern)))
    (func (export "f") (param i32) (call $inner (local.get 0))) (func (export "g") (result i32) (i32.const 4))))");
  ASSERT_EQ(guest.call("f", {static_cast<uint32_t>(-6)}), RunStatus::Trapped);
  EXPECT_EQ(guest.trap().kind, TrapKind::UncaughtException);
  EXPECT_EQ(to_string(guest.trap().message()), "i32 -6, f64 0x3ff0000000000000, null");
  EXPECT_EQ(guest.trap().frame_count, 2u);
  EXPECT_EQ(guest.trap().frames()[0].func_idx, 0u);
  const ExceptionView thrown(guest.trap().exception);
  EXPECT_EQ(&thrown.tag(), &guest.instance->tag(0));
  EXPECT_EQ(thrown.payload(guest.store).size(), 3u);
  guest.store.objects().collect({});
  EXPECT_TRUE(guest.store.objects().contains(guest.trap().exception)) << "the trap record keeps it";
  const Ref exception = guest.trap().exception;
  EXPECT_EQ(guest.result("g"), 4u);
  guest.store.objects().collect({});
  EXPECT_FALSE(guest.store.objects().contains(exception)) << "until the next run";
}

// ---- memory ----------------------------------------------------------------------------------------------------------

const char* const kKeeper = R"((module
  (tag $e (param i64 externref)) (table $t 4 exnref) (global $g (mut exnref) (ref.null exn))
  (func $catch (param i64) (result exnref) (local exnref)
    (block $h (result i64 externref exnref) (try_table (catch_ref $e $h) (throw $e (local.get 0) (ref.null extern))) unreachable)
    (local.set 1) (drop) (drop) (local.get 1))
  (func (export "keep") (param i64)
    (global.set $g (call 0 (local.get 0)))
    (table.set $t (i32.const 1) (call 0 (i64.add (local.get 0) (i64.const 1)))))
  (func (export "churn") (param i32)
    (loop $l (drop (call 0 (i64.const 0))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "sum") (result i64)
    (block $h (result i64 externref) (try_table (catch $e $h) (throw_ref (global.get $g))) unreachable) (drop)
    (block $h (result i64 externref) (try_table (catch $e $h) (throw_ref (table.get $t (i32.const 1)))) unreachable) (drop)
    (i64.add))))";
TEST_P(Exceptions, ManyFitIntoALittleHeap) {
  Mode mode = GetParam();
  mode.heap = {.max_bytes = 64 * 1024, .min_collect_bytes = 8 * 1024};
  Guest small(mode);
  small.add(kKeeper);
  ASSERT_EQ(small.call("keep", {20}), RunStatus::Done);
  ASSERT_EQ(small.call("churn", {50'000}), RunStatus::Done);
  EXPECT_EQ(small.result("sum"), 41u);
  EXPECT_LE(small.store.objects().bytes(), 64u * 1024);
  EXPECT_GT(small.store.objects().collections(), 10u);
}

TEST_P(Exceptions, SurviveACollectionAtEveryAllocation) {
  Mode mode = GetParam();
  mode.heap.collect_always = true;
  Guest hostile(mode);
  hostile.add(kKeeper);
  ASSERT_EQ(hostile.call("keep", {5}), RunStatus::Done);
  ASSERT_EQ(hostile.call("churn", {100}), RunStatus::Done);
  EXPECT_EQ(hostile.result("sum"), 11u);
}

TEST_P(Exceptions, AFullHeapIsATrap) {
  Mode mode = GetParam();
  mode.heap.max_bytes = 0;
  Guest full(mode);
  full.add(kKeeper);
  EXPECT_EQ(full.call("keep", {5}), RunStatus::Trapped);
  EXPECT_EQ(full.trap().kind, TrapKind::OutOfMemory);
}

TEST(ExceptionMemory, EveryAllocationMayFail) {
  const TextModule module(kKeeper);
  const auto run = [&](TestAllocator& allocator) {
    Interpreter interpreter(allocator);
    Store store(allocator);
    Linker linker(store);
    Execution execution(store, {.stack_slots = 4096});
    if (!execution.init().ok()) return;
    Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
    if (!instance.ok()) return;
    Slot values[2] = {};
    values[0].u64 = 5;
    for (const char* name : {"keep", "sum"}) {
      if (execution.call(*(*instance)->find_func(name), values) == RunStatus::Done) continue;
      EXPECT_EQ(execution.last_trap().kind, TrapKind::OutOfMemory);
      EXPECT_TRUE(allocator.has_failed());
      return;
    }
    EXPECT_EQ(values[0].u64, 11u);
  };
  EXPECT_GT(sweep_allocation_failures(run), 10u);
}

// ---- runs ------------------------------------------------------------------------------------------------------------

TEST_P(Exceptions, UnwindADeepStackAndALongTable) {
  std::string source = "(module (tag $e)";
  for (int i = 0; i < 500; ++i)  // functions to search among, of several blocks of code
    source += "(func $f" + std::to_string(i) + " (param i32) (if (local.get 0) (then (call $f" + std::to_string((i + 7) % 500) +
              " (i32.sub (local.get 0) (i32.const 1)))) (else (throw $e))))";
  source += "(func (export \"f\") (param i32) (result i32) (block $h (try_table (catch $e $h) (call $f0 (local.get 0))) unreachable) (i32.const 1)))";
  guest.add(source);
  EXPECT_EQ(guest.result("f", {5000}), 1u);
  EXPECT_EQ(guest.result("f", {1}), 1u);
}

TEST_P(Exceptions, APausedRunCatchesAfterwards) {
  guest.add(R"((module (tag $e (param i32)) (global $n (mut i32) (i32.const 0))
    (func $spin (loop $l (global.set $n (i32.add (global.get $n) (i32.const 1))) (br_if $l (i32.lt_u (global.get $n) (i32.const 100000))))
      (throw $e (global.get $n)))
    (func (export "f") (result i32) (block $h (result i32) (try_table (catch $e $h) (call $spin)) unreachable))))");
  guest.execution.request_pause();
  ASSERT_EQ(guest.call("f"), RunStatus::Suspended);
  ASSERT_EQ(guest.execution.resume(), RunStatus::Done);
  EXPECT_EQ(guest.values[0].u32, 100'000u);
}

TEST_P(Exceptions, AnEndlessLoopOfThemCanBeStopped) {
  guest.add(R"((module (tag $e)
    (func (export "f") (loop $l (block $h (try_table (catch $e $h) (throw $e))) (br $l)))))");
  guest.execution.set_fuel(100'000);
  EXPECT_EQ(guest.call("f"), RunStatus::Trapped);
  EXPECT_EQ(guest.trap().kind, TrapKind::OutOfFuel);
}

}  // namespace
}  // namespace umber::test
