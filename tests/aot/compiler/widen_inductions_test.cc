// Loops whose addresses are a counter and a constant, modulo 2^32: compiled code reads what the interpreter reads and traps where it
// traps, whether the sums wrap or not.
#include "aot/compiler/widen_inductions.h"

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

struct Loop {
  const char* name;
  int32_t start;   ///< of the counter, which ends at `end`
  int32_t end;
  int32_t step;
  uint32_t base;   ///< added to the counter modulo 2^32
  uint32_t offset; ///< of the access
};

/// (result i32): a checksum of the bytes that the loop reads, after it has written others behind them.
std::string source_of(const Loop& loop) {
  const auto number = [](auto value) { return std::to_string(value); };
  return "(module (memory 2) (func (export \"f\") (param $more i32) (result i32) (local $i i32) (local $s i32)"
         " (loop $fill (i32.store8 (local.get $i) (i32.mul (local.get $i) (i32.const 167)))"
         "   (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 131072))))"
         " (local.set $i (i32.const " + number(loop.start) + "))"
         " (loop $l"
         "   (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (i32.load8_u offset=" + number(loop.offset) +
         "     (i32.add (i32.add (local.get $i) (i32.const " + number(static_cast<int32_t>(loop.base)) + ")) (local.get $more)))))"
         "   (i32.store8 offset=" + number(loop.offset) + " (i32.add (local.get $i) (i32.const " + number(static_cast<int32_t>(loop.base + 9)) + ")) (local.get $s))"
         "   (br_if $l (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const " + number(loop.step) + "))) (i32.const " + number(loop.end) + "))))"
         " (local.get $s)))";
}

class WidenedInductions : public testing::TestWithParam<Loop> {};
INSTANTIATE_TEST_SUITE_P(Loops, WidenedInductions,
                         testing::Values(Loop{"UpToZero", -4096, 0, 8, 70000, 0}, Loop{"UpToZeroByOne", -4096, 0, 1, 5000, 4},
                                         Loop{"UpFromZero", 0, 4096, 4, 100, 100}, Loop{"Down", 4096, 0, -16, 1000, 0},
                                         Loop{"DownThroughZero", 64, -64, -4, 64, 0}, Loop{"StartsBelowZero", -64, 64, 4, 32, 0},
                                         Loop{"WrapsInTheMiddle", -64, 64, 4, 0, 131000}, Loop{"OffsetReachesBack", -64, 0, 8, 0, 64},
                                         Loop{"EndsBeyondMemory", 0, 262144, 64, 0, 0}, Loop{"LargeSteps", 0, 131072 * 8, 65536, 3, 0},
                                         Loop{"NeverEnds", 1, 0, 2, 0, 0}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(WidenedInductions, ReadWhatTheyRead) {
  const TextModule module(source_of(GetParam()));
  for (const BoundsMode bounds : {BoundsMode::Guarded, BoundsMode::Checked}) {
    Machine compiled(true, bounds), interpreted(false, bounds);
    Instance* a = compiled.instantiate(module);
    Instance* b = interpreted.instantiate(module);
    for (const uint32_t more : {0u, 1u, 65536u, 0xffff'fff0u, 0x8000'0000u}) {
      std::vector<Slot> left = {Slot{more}}, right = {Slot{more}};
      const RunStatus status = compiled.call(a, "f", left);
      ASSERT_EQ(status, interpreted.call(b, "f", right)) << more;
      if (status == RunStatus::Done) {
        EXPECT_EQ(left[0].u32, right[0].u32) << more;
      } else {
        EXPECT_EQ(compiled.execution.last_trap().kind, interpreted.execution.last_trap().kind) << more;
      }
    }
  }
}

}  // namespace
}  // namespace umber::aot::test
