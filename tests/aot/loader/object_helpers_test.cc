// Objects in compiled code while the heap collects at every allocation: whatever the optimiser does with references, none may be
// lost. Results are the interpreter's, at several optimisation levels.
#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kObjects = R"((module
  (type $node (struct (field $value (mut i64)) (field $left (mut (ref null $node))) (field $right (mut (ref null $node)))))
  (type $leaf (sub (struct (field $a i8) (field $b f32))))
  (type $more (sub $leaf (struct (field $a i8) (field $b f32) (field $c (mut v128)))))
  (type $longs (array (mut i64)))
  (type $refs (array (mut (ref null $node))))
  (type $bytes (array (mut i8)))
  (type $sum (func (param (ref null $node) i64) (result i64)))
  (table 1 1 funcref) (elem (i32.const 0) $total)
  (func $tree (param $depth i32) (result (ref $node))
    (if (result (ref $node)) (i32.eqz (local.get $depth)) (then (struct.new_default $node))
      (else (struct.new $node (i64.extend_i32_u (local.get $depth))
        (call $tree (i32.sub (local.get $depth) (i32.const 1))) (call $tree (i32.sub (local.get $depth) (i32.const 1)))))))
  (func $total (type $sum) (param $node (ref null $node)) (param $plus i64) (result i64)
    (if (result i64) (ref.is_null (local.get $node)) (then (local.get $plus))
      (else
        (drop (struct.new_default $node))
        (i64.add (struct.get $node $value (local.get $node))
          (i64.add (call $total (struct.get $node $left (local.get $node)) (local.get $plus))
            (call_indirect (type $sum) (struct.get $node $right (local.get $node)) (i64.const 1) (i32.const 0)))))))
  (func (export "trees") (param $n i32) (result i64) (call $total (call $tree (i32.and (local.get $n) (i32.const 7))) (i64.const 3)))

  ;; The array is accessed in a loop that allocates: only its base may keep it alive.
  (func (export "elements") (param $n i32) (result i64) (local $a (ref $longs)) (local $i i32) (local $s i64)
    (local.set $a (array.new $longs (i64.const 7) (local.get $n)))
    (loop $next
      (array.set $longs (local.get $a) (local.get $i) (i64.add (array.get $longs (local.get $a) (local.get $i)) (i64.extend_i32_u (local.get $i))))
      (drop (array.new $longs (i64.const -1) (local.get $n)))
      (local.set $s (i64.add (local.get $s) (array.get $longs (local.get $a) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $s))

  ;; A field's address is computed before a call that collects, and used after it, when the object is in no local any more.
  (func $garbage (param $n i32) (loop $l (drop (struct.new $node (i64.const -1) (ref.null $node) (ref.null $node)))
    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $keep (param $o (ref $node)) (param $n i32) (result i64)
    (struct.set $node $value (local.get $o) (i64.const 5))
    (call $garbage (local.get $n))
    (struct.set $node $value (local.get $o) (i64.add (struct.get $node $value (local.get $o)) (i64.const 37)))
    (struct.get $node $value (local.get $o)))
  (func (export "fields") (param $n i32) (result i64) (call $keep (struct.new_default $node) (local.get $n)))

  ;; More references than registers, and some on the stack as arguments.
  (func $many (param $a (ref $node)) (param $b (ref $node)) (param $c (ref $node)) (param $d (ref $node)) (param $e (ref $node))
    (param $f (ref $node)) (param $g (ref $node)) (param $h (ref $node)) (param $n i32) (result i64)
    (call $garbage (local.get $n))
    (i64.add (i64.add (i64.add (struct.get $node 0 (local.get $a)) (struct.get $node 0 (local.get $b)))
                      (i64.add (struct.get $node 0 (local.get $c)) (struct.get $node 0 (local.get $d))))
             (i64.add (i64.add (struct.get $node 0 (local.get $e)) (struct.get $node 0 (local.get $f)))
                      (i64.add (struct.get $node 0 (local.get $g)) (struct.get $node 0 (local.get $h))))))
  (func $number (param i64) (result (ref $node)) (struct.new $node (local.get 0) (ref.null $node) (ref.null $node)))
  (func (export "many") (param $n i32) (result i64)
    (call $many (call $number (i64.const 1)) (call $number (i64.const 2)) (call $number (i64.const 4)) (call $number (i64.const 8))
      (call $number (i64.const 16)) (call $number (i64.const 32)) (call $number (i64.const 64)) (call $number (i64.const 128)) (local.get $n)))

  (func (export "lists") (param $n i32) (result i64) (local $list (ref null $node)) (local $s i64)
    (loop $l
      (local.set $list (struct.new $node (i64.extend_i32_u (local.get $n)) (local.get $list) (ref.null $node)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $l
      (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (struct.get $node $value (local.get $list))))
      (drop (array.new_default $bytes (i32.const 3)))
      (br_if $l (i32.eqz (ref.is_null (local.tee $list (struct.get $node $left (local.get $list)))))))
    (local.get $s))

  (func (export "casts") (param $n i32) (result i64) (local $x anyref) (local $s i64)
    (loop $l
      (local.set $x (if (result anyref) (i32.and (local.get $n) (i32.const 1))
        (then (struct.new $more (local.get $n) (f32.const 2) (v128.const i64x2 3 4)))
        (else (if (result anyref) (i32.and (local.get $n) (i32.const 2)) (then (struct.new $leaf (local.get $n) (f32.const 1)))
          (else (ref.i31 (local.get $n)))))))
      (drop (array.new_fixed $refs 2 (call $number (i64.const 1)) (ref.null $node)))
      (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 3))
        (if (result i64) (ref.test (ref $leaf) (local.get $x))
          (then (i64.extend_i32_s (struct.get_s $leaf $a (ref.cast (ref $leaf) (local.get $x)))))
          (else (i64.extend_i32_u (i31.get_s (ref.cast i31ref (local.get $x))))))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))

  (func (export "null field") (param i32) (result i64) (struct.get $node $value (ref.null $node)))
  (func (export "null array") (param i32) (result i64) (array.get $longs (ref.null $longs) (local.get 0)))
  (func (export "beyond") (param i32) (result i64) (array.get $longs (array.new_default $longs (local.get 0)) (local.get 0)))
  (func (export "cast") (param i32) (result i64) (struct.get $node $value (ref.cast (ref $node) (ref.i31 (local.get 0)))))
  (func (export "full") (param i32) (result i64) (array.get $longs (array.new_default $longs (i32.const 0x7fffffff)) (i32.const 0)))))";

struct Collecting {
  Collecting(bool compiled, Optimization level, Interruption interruption)
      : compiler(host_options(BoundsChecks::Guard, interruption, level)),
        interpreter(platform.allocator),
        store(platform.allocator, config(), &platform.virtual_memory, &platform.clock),
        linker(store),
        execution(store) {
    EXPECT_TRUE(execution.init().ok());
    Tier& tier = compiled ? static_cast<Tier&>(compiler) : interpreter;
    const Result<Instance*> made = linker.instantiate(module.module, tier, execution);
    EXPECT_TRUE(made.ok());
    instance = made.ok() ? made.value() : nullptr;
  }
  static StoreConfig config() {
    StoreConfig config;
    config.heap.collect_always = true;
    return config;
  }
  /// The result, or the trap's number below zero.
  int64_t call(const char* name, uint32_t n) {
    Slot values[2] = {Slot{n}, Slot{0}};
    if (execution.call(*instance->find_func(StringRef(name)), values) == RunStatus::Done) return values[0].i64;
    return -1 - static_cast<int64_t>(execution.last_trap().kind);
  }
  const TextModule module{kObjects};
  linux_port::Platform platform;
  CompilingTier compiler;
  Interpreter interpreter;
  Store store;
  Linker linker;
  Execution execution;
  Instance* instance = nullptr;
};

class ObjectTest : public testing::TestWithParam<std::pair<Optimization, Interruption>> {};
INSTANTIATE_TEST_SUITE_P(Levels, ObjectTest,
                         testing::Values(std::pair(Optimization::O0, Interruption::Heartbeat), std::pair(Optimization::O2, Interruption::Budget),
                                         std::pair(Optimization::O3, Interruption::Heartbeat), std::pair(Optimization::Os, Interruption::Budget)));

TEST_P(ObjectTest, SurviveACollectionAtEveryAllocation) {
  Collecting compiled(true, GetParam().first, GetParam().second);
  Collecting interpreted(false, Optimization::O0, Interruption::Budget);
  for (const char* name : {"trees", "elements", "fields", "many", "lists", "casts"})
    for (const uint32_t n : {1u, 3u, 40u, 127u}) EXPECT_EQ(compiled.call(name, n), interpreted.call(name, n)) << name << " " << n;
  EXPECT_GT(compiled.store.objects().collections(), 1000u);
  EXPECT_EQ(compiled.store.objects().collections(), interpreted.store.objects().collections());
}

TEST_P(ObjectTest, TrapsAreTheInterpreters) {
  Collecting compiled(true, GetParam().first, GetParam().second);
  Collecting interpreted(false, Optimization::O0, Interruption::Budget);
  for (const char* name : {"null field", "null array", "beyond", "cast", "full"}) {
    EXPECT_LT(compiled.call(name, 4), -1) << name;
    EXPECT_EQ(compiled.call(name, 4), interpreted.call(name, 4)) << name;
  }
}

/// A function that accesses one object between calls that collect, with so many other references in locals.
std::string counting_calls(int references, int calls) {
  std::string source = "(module (type $t (struct (field (mut i32)))) (func $g (drop (struct.new_default $t)))"
                       "(func (export \"f\") (param i32) (result i64) (local $r (ref $t))";
  for (int i = 0; i < references; ++i) source += "(local (ref null $t))";
  source += "(local.set $r (struct.new $t (i32.const 1)))";
  for (int i = 0; i < calls; ++i)
    source += "(call $g) (struct.set $t 0 (local.get $r) (i32.add (struct.get $t 0 (local.get $r)) (i32.const 1)))";
  return source + "(i64.extend_i32_u (struct.get $t 0 (local.get $r)))))";
}

/// Few references: refreshed behind calls. Many: at accesses, so that code does not grow with their product.
TEST(ObjectReferences, AddressesAreNotKeptOverCalls) {
  for (const int references : {1, 400}) {
    const TextModule module(counting_calls(references, 400));
    linux_port::Platform platform;
    CompilingTier compiler(host_options());
    Store store(platform.allocator, Collecting::config(), &platform.virtual_memory, &platform.clock);
    Linker linker(store);
    Execution execution(store);
    ASSERT_TRUE(execution.init().ok());
    const Result<Instance*> instance = linker.instantiate(module.module, compiler, execution);
    ASSERT_TRUE(instance.ok());
    Slot values[1] = {Slot{0}};
    ASSERT_EQ(execution.call(*instance.value()->find_func("f"), values), RunStatus::Done);
    EXPECT_EQ(values[0].i64, 401) << references;
  }
}

}  // namespace
}  // namespace umber::aot::test
