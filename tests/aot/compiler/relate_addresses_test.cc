// Sums of addresses around 2^32: compiled code says what the interpreter says, in both ways to check bounds, whether an access vouches for
// its neighbour or not; and the last page that compiled code counts on is never there.
#include "aot/compiler/relate_addresses.h"

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kNeighbours = R"((module
  (memory (export "m") 1)
  (data (i32.const 0) "\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10")
  ;; p was accessed: p + 8 does not wrap.
  (func (export "both") (param $p i32) (result i32)
    (i32.add (i32.load (local.get $p)) (i32.load (i32.add (local.get $p) (i32.const 8)))))
  ;; Nothing was accessed at p.
  (func (export "second") (param $p i32) (result i32)
    (i32.load (i32.add (local.get $p) (i32.const 8))))
  ;; p was accessed on one way only.
  (func (export "maybe") (param $p i32) (result i32) (local $s i32)
    (if (i32.lt_u (local.get $p) (i32.const 100)) (then (local.set $s (i32.load (local.get $p)))))
    (i32.add (local.get $s) (i32.load (i32.add (local.get $p) (i32.const 8)))))
  ;; A neighbour below: p - 8 may wrap though p was accessed.
  (func (export "below") (param $p i32) (result i32)
    (i32.add (i32.load (local.get $p)) (i32.load (i32.sub (local.get $p) (i32.const 8)))))
  ;; The offset of the access brings a wrapped p - 8 back to where memory could be.
  (func (export "below_with_offset") (param $p i32) (result i32)
    (i32.add (i32.load (local.get $p)) (i32.load offset=8 (i32.sub (local.get $p) (i32.const 8)))))
  ;; Four numbers, the last one first; and stores so.
  (func (export "downwards") (param $p i32) (result i32)
    (i32.xor (i32.xor (i32.load (i32.add (local.get $p) (i32.const 12))) (i32.load (i32.add (local.get $p) (i32.const 8))))
             (i32.xor (i32.load (i32.add (local.get $p) (i32.const 4))) (i32.load (local.get $p)))))
  (func (export "stores_downwards") (param $p i32) (result i32)
    (i32.store (i32.add (local.get $p) (i32.const 8)) (i32.const 1))
    (i32.store (i32.add (local.get $p) (i32.const 4)) (i32.const 2))
    (i32.store (local.get $p) (i32.const 3))
    (i32.load8_u (local.get $p)))
  ;; Pairs, from p to the end of the numbers: only what is inside memory counts.
  (func (export "pairs") (param $p i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (i32.load8_u (local.get $p))))
      (local.set $s (i32.add (local.get $s) (i32.load8_u (i32.add (local.get $p) (i32.const 1)))))
      (br_if $l (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 2))) (i32.const 16))))
    (local.get $s))))";

class RelatedAddresses : public testing::TestWithParam<BoundsMode> {};
INSTANTIATE_TEST_SUITE_P(Bounds, RelatedAddresses, testing::Values(BoundsMode::Guarded, BoundsMode::Checked));

TEST_P(RelatedAddresses, AreWhatTheyWere) {
  const TextModule module(kNeighbours);
  Machine compiled(true, GetParam()), interpreted(false, GetParam());
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (const char* name : {"both", "second", "maybe", "below", "below_with_offset", "downwards", "stores_downwards", "pairs"}) {
    for (const uint32_t p : {0u, 4u, 8u, 14u, 17u, 65524u, 65528u, 65532u, 65533u, 0xffff'ffffu, 0xffff'fffeu, 0xffff'fffcu, 0xffff'fff9u, 0xffff'fff8u, 0xffff'fff4u, 0xffff'fff0u, 0xffff'0000u, 0x7fff'fffcu}) {
      std::vector<Slot> left = {Slot{p}}, right = {Slot{p}};
      const RunStatus status = compiled.call(a, name, left);
      ASSERT_EQ(status, interpreted.call(b, name, right)) << name << " " << p;
      if (status == RunStatus::Done) {
        EXPECT_EQ(left[0].u32, right[0].u32) << name << " " << p;
      } else {
        EXPECT_EQ(compiled.execution.last_trap().kind, interpreted.execution.last_trap().kind) << name << " " << p;
      }
    }
  }
}

}  // namespace
}  // namespace umber::aot::test
