// Objects in running code: what keeps them alive is found wherever it lies (registers, stack, globals, tables, segments,
// hosts, a paused run), a full heap is a trap, and all of it under a heap that collects at every allocation.
#include "interp/interpreter.h"
#include "runtime/backtrace.h"
#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

const char* const kGuest = R"((module
  (rec (type $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree)) (field $value i32))))
  (type $list (struct (field $next (mut (ref null $list))) (field $value i64)))
  (type $bytes (array (mut i8)))
  (type $any (array (mut anyref)))
  (type $wide (struct (field i8) (field v128) (field f64) (field (mut f32)) (field i16)))
  (global $shared (export "shared") (mut (ref null $list)) (ref.null $list))
  (global $constant (ref $tree) (struct.new $tree
    (struct.new $tree (ref.null $tree) (ref.null $tree) (i32.const 3))
    (struct.new $tree (ref.null $tree) (ref.null $tree) (i32.const 4)) (i32.const 5)))
  (global $words (ref $any) (array.new_fixed $any 2 (struct.new_default $list) (ref.i31 (i32.const 9))))
  (table $t 4 anyref)
  (elem $segment (ref $tree) (item (struct.new $tree (ref.null $tree) (ref.null $tree) (i32.const 77))))
  (func $make (export "make") (param $depth i32) (result (ref null $tree))
    (if (result (ref null $tree)) (i32.eqz (local.get $depth))
      (then (ref.null $tree))
      (else (struct.new $tree
        (call $make (i32.sub (local.get $depth) (i32.const 1)))
        (call $make (i32.sub (local.get $depth) (i32.const 1)))
        (local.get $depth)))))
  (func $sum (export "sum") (param $t (ref null $tree)) (result i32)
    (if (result i32) (ref.is_null (local.get $t))
      (then (i32.const 0))
      (else (i32.add (struct.get $tree $value (local.get $t))
        (i32.add (call $sum (struct.get $tree $left (local.get $t))) (call $sum (struct.get $tree $right (local.get $t))))))))
  (func (export "trees") (param $depth i32) (param $rounds i32) (result i32) (local $total i32)
    (loop $again
      (local.set $total (i32.add (local.get $total) (call $sum (call $make (local.get $depth)))))
      (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $total))
  ;; a list built in a loop: its head lives in a register only
  (func $build (param $n i32) (result (ref null $list)) (local $head (ref null $list))
    (loop $again
      (local.set $head (struct.new $list (local.get $head) (i64.extend_i32_u (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $head))
  (func $length (param $l (ref null $list)) (result i32) (local $n i32)
    (block $done (loop $again
      (br_if $done (ref.is_null (local.get $l)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (local.set $l (struct.get $list $next (local.get $l)))
      (br $again)))
    (local.get $n))
  (func (export "list") (param $n i32) (result i32) (call $length (call $build (local.get $n))))
  (func (export "keep") (param $n i32) (global.set $shared (call $build (local.get $n))))
  (func (export "kept") (result i32) (call $length (global.get $shared)))
  (func (export "host_kept") (param $l anyref) (result i32) (call $length (ref.cast (ref null $list) (local.get $l))))
  (func (export "garbage") (param $n i32)
    (loop $again
      (drop (array.new $bytes (i32.const 1) (i32.const 100)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "table_put") (param $i i32)
    (table.set $t (local.get $i) (struct.new $list (ref.null $list) (i64.extend_i32_u (local.get $i)))))
  (func (export "table_get") (param $i i32) (result i64)
    (struct.get $list $value (ref.cast (ref $list) (table.get $t (local.get $i)))))
  (func (export "constants") (result i32) (call $sum (global.get $constant)))
  (func (export "words") (result i32)
    (i32.add (i31.get_u (ref.cast (ref i31) (array.get $any (global.get $words) (i32.const 1))))
             (ref.test (ref $list) (array.get $any (global.get $words) (i32.const 0)))))
  (func (export "segment") (result i32) (local $a (ref $any))
    (local.set $a (array.new_elem $any $segment (i32.const 0) (i32.const 1)))
    (struct.get $tree $value (ref.cast (ref $tree) (array.get $any (local.get $a) (i32.const 0)))))
  (func (export "fill") (result i32) (local $head (ref null $list))
    (loop $again
      (local.set $head (struct.new $list (local.get $head) (i64.const 1)))
      (br $again))
    (unreachable))
  (func (export "huge") (param i32) (result i32) (array.len (array.new_default $any (local.get 0))))
  (func (export "forever") (local $head (ref null $list))
    (local.set $head (call $build (i32.const 10)))
    (loop $again
      (drop (struct.new $list (ref.null $list) (i64.const 0)))
      (if (i32.ne (call $length (local.get $head)) (i32.const 10)) (then (unreachable)))
      (br $again)))
  (func (export "wide") (result f64) (local $w (ref $wide))
    (local.set $w (struct.new $wide (i32.const -1) (v128.const i32x4 1 2 3 4) (f64.const 2.5) (f32.const 0.5) (i32.const -2)))
    (struct.set $wide 3 (local.get $w) (f32.add (struct.get $wide 3 (local.get $w)) (f32.const 1)))
    (f64.add (f64.add (struct.get $wide 2 (local.get $w)) (f64.promote_f32 (struct.get $wide 3 (local.get $w))))
      (f64.convert_i32_s (i32.add (i32x4.extract_lane 3 (struct.get $wide 1 (local.get $w)))
        (i32.add (struct.get_s $wide 0 (local.get $w)) (struct.get_s $wide 4 (local.get $w)))))))
))";

struct Mode {
  const char* name;
  bool stress;
};

class Objects : public ::testing::TestWithParam<Mode> {
 protected:
  Objects() {
    EXPECT_TRUE(execution.init().ok());
    Result<Instance*> made = linker.instantiate(module, interpreter, execution);
    EXPECT_TRUE(made.ok()) << made.error().message().c_str();
    instance = *made;
  }
  RunStatus call(const char* name, uint64_t a = 0, uint64_t b = 0) {
    values[0].u64 = a;
    values[1].u64 = b;
    return execution.call(*instance->find_func(name), values);
  }
  uint32_t number(const char* name, uint64_t a = 0, uint64_t b = 0) {
    EXPECT_EQ(call(name, a, b), RunStatus::Done) << name << ": " << describe(execution.last_trap()).c_str();
    return values[0].u32;
  }
  static StoreConfig config() {
    StoreConfig config;
    config.heap.collect_always = GetParam().stress;
    config.heap.max_bytes = 1024 * 1024;
    config.heap.min_collect_bytes = 64 * 1024;
    return config;
  }
  ObjectHeap& heap() { return store.objects(); }

  linux_port::Platform platform;
  Interpreter interpreter{platform.allocator};
  TextModule module{kGuest};
  Store store{platform.allocator, config(), &platform.virtual_memory, &platform.clock};
  Linker linker{store};
  Execution execution{store};
  Instance* instance = nullptr;
  Slot values[2] = {};
};

TEST_P(Objects, TreesOnTheStackLive) {
  EXPECT_EQ(number("trees", 6, 3), 3u * (6 + 2 * 5 + 4 * 4 + 8 * 3 + 16 * 2 + 32));
  if (!GetParam().stress) EXPECT_EQ(number("trees", 10, 200), 200u * 2036);
}

TEST_P(Objects, ReferencesInRegistersLive) { EXPECT_EQ(number("list", 700), 700u); }

TEST_P(Objects, GlobalsTablesSegmentsAndConstantsLive) {
  ASSERT_EQ(call("keep", 300), RunStatus::Done);
  for (uint64_t i = 0; i < 4; ++i) ASSERT_EQ(call("table_put", i), RunStatus::Done);
  ASSERT_EQ(call("garbage", GetParam().stress ? 100 : 100'000), RunStatus::Done);
  heap().collect({});
  EXPECT_EQ(number("kept"), 300u);
  EXPECT_EQ(number("constants"), 12u);
  EXPECT_EQ(number("words"), 10u);
  EXPECT_EQ(number("segment"), 77u);
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(number("table_get", i), i);
}

TEST_P(Objects, ReferencesOfTheHostLive) {
  ASSERT_EQ(call("keep", 50), RunStatus::Done);
  RootedRef kept(heap(), instance->global(0).cell->value[0].bits);
  ASSERT_EQ(call("keep", 1), RunStatus::Done);
  ASSERT_EQ(call("garbage", 200), RunStatus::Done);
  heap().collect({});
  EXPECT_EQ(number("host_kept", kept.get()), 50u);
}

TEST_P(Objects, GarbageIsCollected) {
  ASSERT_EQ(call("garbage", GetParam().stress ? 200 : 1'000'000), RunStatus::Done);
  EXPECT_GT(heap().collections(), 10u);
  heap().collect({});
  EXPECT_LT(heap().live_bytes(), 2000u);
}

TEST_P(Objects, AFullHeapIsATrap) {
  if (GetParam().stress) return;  // quadratic, as stress is
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(call("fill"), RunStatus::Trapped);
    EXPECT_EQ(execution.last_trap().kind, TrapKind::OutOfMemory);
    EXPECT_EQ(execution.last_trap().frame_count, 1u);
    EXPECT_LE(heap().bytes(), config().heap.max_bytes);
  }
  EXPECT_EQ(number("list", 1000), 1000u) << "what filled it is gone";
  for (uint64_t length : {uint64_t{1} << 20, uint64_t{1} << 31, uint64_t{UINT32_MAX}}) {
    EXPECT_EQ(call("huge", length), RunStatus::Trapped);
    EXPECT_EQ(execution.last_trap().kind, TrapKind::OutOfMemory);
  }
  EXPECT_EQ(number("huge", 100'000), 100'000u);
}

TEST_P(Objects, PausedRunsKeepTheirObjects) {
  execution.request_pause();
  ASSERT_EQ(call("forever"), RunStatus::Suspended);
  for (int i = 0; i < 20; ++i) {
    heap().collect({});
    execution.request_pause();
    ASSERT_EQ(execution.resume(), RunStatus::Suspended);
  }
  execution.abandon();
  heap().collect({});
  EXPECT_LT(heap().live_bytes(), 2000u);
}

TEST_P(Objects, FieldsOfAllWidths) {
  ASSERT_EQ(call("wide"), RunStatus::Done);
  EXPECT_EQ(values[0].f64, 2.5 + 1.5 + (4 - 1 - 2));
}

INSTANTIATE_TEST_SUITE_P(Modes, Objects, ::testing::Values(Mode{"Usual", false}, Mode{"Stress", true}),
                         [](const auto& mode) { return mode.param.name; });

}  // namespace
}  // namespace umber::test
