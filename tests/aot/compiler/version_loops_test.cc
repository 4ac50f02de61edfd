// Unrolled loops over two arrays, whose ends are found by equality: compiled code leaves what the interpreter leaves, whether the arrays
// are apart, overlap, or wrap around, and whether the end is met or jumped over. And such loops are vectorised.
#include "aot/compiler/version_loops.h"

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

/// (d, s, i, end): of each element d[i] = d[i] * 3 + s[i], two or four to an iteration, upwards or downwards.
constexpr const char* kLoops = R"((module
  (memory (export "memory") 2)
  (func $fill (export "fill") (local $i i32)
    (loop $next
      (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9e3779b9)))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 131072)))))
  (func (export "words") (param $d i32) (param $s i32) (param $i i32) (param $end i32) (local $p i32) (local $q i32)
    (loop $next
      (local.set $p (i32.add (local.get $d) (local.get $i)))
      (local.set $q (i32.add (local.get $s) (local.get $i)))
      (i32.store (local.get $p) (i32.add (i32.mul (i32.load (local.get $p)) (i32.const 3)) (i32.load (local.get $q))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (i32.store (local.get $p) (i32.add (i32.mul (i32.load (local.get $p)) (i32.const 3)) (i32.load (i32.add (local.get $q) (i32.const 4)))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $end)))))
  (func (export "bytes") (param $d i32) (param $s i32) (param $i i32) (param $end i32) (local $p i32) (local $q i32)
    (loop $next
      (local.set $p (i32.add (local.get $d) (local.get $i)))
      (local.set $q (i32.add (local.get $s) (local.get $i)))
      (i32.store8 (local.get $p) (i32.add (i32.load8_u (local.get $p)) (i32.load8_u (local.get $q))))
      (i32.store8 offset=1 (local.get $p) (i32.add (i32.load8_u offset=1 (local.get $p)) (i32.load8_u offset=1 (local.get $q))))
      (i32.store8 offset=2 (local.get $p) (i32.add (i32.load8_u offset=2 (local.get $p)) (i32.load8_u offset=2 (local.get $q))))
      (i32.store8 offset=3 (local.get $p) (i32.add (i32.load8_u offset=3 (local.get $p)) (i32.load8_u offset=3 (local.get $q))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $end)))))
  (func (export "down") (param $d i32) (param $s i32) (param $i i32) (param $end i32) (local $p i32) (local $q i32)
    (loop $next
      (local.set $p (i32.sub (local.get $d) (local.get $i)))
      (local.set $q (i32.sub (local.get $s) (local.get $i)))
      (i32.store offset=4 (local.get $p) (i32.add (i32.mul (i32.load offset=4 (local.get $p)) (i32.const 3)) (i32.load offset=4 (local.get $q))))
      (i32.store (local.get $p) (i32.add (i32.mul (i32.load (local.get $p)) (i32.const 3)) (i32.load (local.get $q))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $end)))))
  (func (export "mixed") (param $d i32) (param $s i32) (param $i i32) (param $end i32) (local $p i32)
    (loop $next
      (local.set $p (i32.add (local.get $d) (local.get $i)))
      (i32.store (local.get $p) (i32.load8_u (local.get $s)))
      (i32.store offset=4 (local.get $p) (i32.load8_u offset=1 (local.get $s)))
      (local.set $s (i32.add (local.get $s) (i32.const 2)))
      (i32.store offset=64 (i32.const 0) (local.get $i))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $end)))))))";

struct Case {
  const char* name;
  uint32_t d, s, i, end;
};

class VersionedLoops : public testing::TestWithParam<std::tuple<Case, Interruption>> {};
INSTANTIATE_TEST_SUITE_P(
    Arrays, VersionedLoops,
    testing::Combine(testing::Values(Case{"Apart", 1000, 9000, 0, 4096}, Case{"Short", 1000, 9000, 0, 16}, Case{"Once", 1000, 9000, 8, 16}, Case{"Same", 5000, 5000, 0, 4096},
                    Case{"Adjacent", 1000, 5096, 0, 4096}, Case{"OneByteAhead", 1000, 1001, 0, 4096}, Case{"OneElementAhead", 1000, 1004, 0, 4096},
                    Case{"OneElementBehind", 5004, 5000, 0, 4096}, Case{"TwoBehind", 5008, 5000, 0, 4096}, Case{"LastElementShared", 1000, 5092, 0, 4096},
                    Case{"HalfOverlaps", 1000, 3000, 0, 4096}, Case{"StartsInside", 1000, 9000, 400, 4400}, Case{"Unaligned", 1003, 9001, 3, 4099},
                    Case{"EndIsJumpedOver", 1000, 9000, 2, 4096}, Case{"EndIsBehind", 1000, 9000, 4096, 0}, Case{"SourceWraps", 1000, 0xffff'ff00, 0, 4096},
                    Case{"TargetWraps", 0xffff'fff8, 9000, 8, 4104}, Case{"BothWrap", 0xffff'f000, 0xffff'f800, 4096, 8192}, Case{"CounterWraps", 2000, 30000, 0xffff'fe00, 512},
                    Case{"ReachesTheEnd", 100'000, 131'072 - 4096, 0, 4096}, Case{"EndsBeyondMemory", 1000, 131'072 - 4092, 0, 4096},
                    Case{"TargetBeyondMemory", 131'072 - 64, 1000, 0, 4096}, Case{"Outside", 200'000, 1000, 0, 4096}, Case{"Downwards", 9000, 20000, 0, 4096},
                    Case{"DownwardsBelowZero", 2000, 20000, 0, 4096}),
                     testing::Values(Interruption::None, Interruption::Coarse)),
    [](const auto& info) { return std::get<0>(info.param).name + std::string(std::get<1>(info.param) == Interruption::None ? "" : "Polled"); });

TEST_P(VersionedLoops, LeaveWhatTheInterpreterLeaves) {
  const auto& [given, interruption] = GetParam();
  const TextModule module(kLoops);
  for (const BoundsMode bounds : {BoundsMode::Guarded, BoundsMode::Checked}) {
    Machine compiled(true, bounds, interruption), interpreted(false, bounds);
    Instance* a = compiled.instantiate(module);
    Instance* b = interpreted.instantiate(module);
    for (const char* name : {"words", "bytes", "down", "mixed"}) {
      std::vector<Slot> none;
      ASSERT_EQ(compiled.call(a, "fill", none), RunStatus::Done);
      ASSERT_EQ(interpreted.call(b, "fill", none), RunStatus::Done);
      std::vector<Slot> left = {Slot{given.d}, Slot{given.s}, Slot{given.i}, Slot{given.end}}, right = left;
      const RunStatus status = compiled.call(a, name, left);
      ASSERT_EQ(status, interpreted.call(b, name, right)) << name;
      if (status != RunStatus::Done) EXPECT_EQ(compiled.execution.last_trap().kind, interpreted.execution.last_trap().kind) << name;
      // A guarded loop that ends in a trap may be some iterations behind or ahead with its stores.
      if (status != RunStatus::Done && bounds == BoundsMode::Guarded) continue;
      EXPECT_EQ(std::memcmp(a->memory(0).base(), b->memory(0).base(), 131'072), 0) << name;
    }
  }
}

/// LLVM's code for a function of a module that is compiled for AVX2.
std::string optimized(const char* source, BoundsChecks bounds) {
  const TextModule module(source);
  CompileOptions options = host_options(bounds, Interruption::None, Optimization::O3);
  options.target = find_target("x86_64").value();
  options.target.features = "+avx2";
  const Result<std::vector<uint8_t>> text = compile(module.module, options, Output::LlvmIr);
  EXPECT_TRUE(text.ok());
  return {text.value().begin(), text.value().end()};
}

TEST(UnrolledLoops, AreVectorised) {
  for (const BoundsChecks bounds : {BoundsChecks::Guard, BoundsChecks::Explicit})
    EXPECT_NE(optimized(R"((module (memory 2)
  (func (export "f") (param $d i32) (param $s i32) (param $end i32) (local $i i32) (local $p i32) (local $q i32)
    (loop $next
      (local.set $p (i32.add (local.get $d) (local.get $i)))
      (local.set $q (i32.add (local.get $s) (local.get $i)))
      (f64.store (local.get $p) (f64.add (f64.load (local.get $p)) (f64.load (local.get $q))))
      (f64.store offset=8 (local.get $p) (f64.add (f64.load offset=8 (local.get $p)) (f64.load offset=8 (local.get $q))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $end)))))))", bounds).find("fadd <8 x double>"),
              std::string::npos);
}

}  // namespace
}  // namespace umber::aot::test
