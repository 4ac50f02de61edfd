// State machines whose dispatch is copied: LLVM's verifier finds the outcome well-formed, copies are made where states are known and
// nowhere else, and compiled machines do what interpreted ones do.
#include "aot/compiler/thread_states.h"


#include "tests/aot/compiler/passed_module.h"
#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

/// The one function of the text, after the pass.
std::string threaded(const char* text) { return PassedModule(text, ThreadStates()).text(); }

/// How often the known copy of a block occurs.
size_t copies_of(const std::string& text, const std::string& block) {
  size_t count = 0;
  for (size_t at = text.find("\n" + block + ".known"); at != std::string::npos; at = text.find("\n" + block + ".known", at + 1)) ++count;
  return count;
}

/// Three states; the head's value is used in the cases and where they meet, `bound` ends the loop.
constexpr const char* kMachine = R"(
define i32 @f(ptr %text, i32 %bound) {
entry:
  br label %head
head:
  %i = phi i32 [ 0, %entry ], [ %next, %meet ]
  %state = phi i32 [ 0, %entry ], [ %decided, %meet ]
  %sum = phi i32 [ 0, %entry ], [ %more, %meet ]
  %at = getelementptr i8, ptr %text, i32 %i
  %byte = load i8, ptr %at
  %wide = zext i8 %byte to i32
  %is_end = icmp eq i8 %byte, 0
  br i1 %is_end, label %out, label %dispatch
dispatch:
  switch i32 %state, label %other [ i32 0, label %zero
                                    i32 1, label %one ]
zero:
  %is_digit = icmp ult i32 %wide, 58
  %a = select i1 %is_digit, i32 1, i32 2
  br label %meet
one:
  %b = mul i32 %wide, 3
  br label %meet
other:
  %c = add i32 %state, %wide
  %d = and i32 %c, 3
  br label %meet
meet:
  %decided = phi i32 [ %a, %zero ], [ 2, %one ], [ %d, %other ]
  %part = phi i32 [ %wide, %zero ], [ %b, %one ], [ %c, %other ]
  %mixed = mul i32 %part, %wide
  %more = add i32 %sum, %mixed
  %next = add i32 %i, 1
  %goes_on = icmp ult i32 %next, %bound
  br i1 %goes_on, label %head, label %out
out:
  %result = phi i32 [ %sum, %head ], [ %more, %meet ]
  ret i32 %result
})";

TEST(ThreadedStates, AWayIsCopiedForEachConstant) {
  const std::string text = threaded(kMachine);
  EXPECT_EQ(copies_of(text, "dispatch"), 2u) << text;  // states 1 and 2; what `other` decides is not known
  EXPECT_EQ(copies_of(text, "meet"), 2u);
  EXPECT_NE(text.find("freeze i1 %is_digit"), std::string::npos) << "a select is unfolded";
  EXPECT_EQ(text.find("switch"), text.rfind("switch")) << "copies know their case";
}

TEST(ThreadedStates, AStateFromElsewhereIsLeftAlone) {
  std::string text = kMachine;
  // The switch looks at the state of the round before the last.
  text.replace(text.find("switch i32 %state"), 17, "switch i32 %older");
  text.replace(text.find("  %sum = phi"), 0, "  %older = phi i32 [ 0, %entry ], [ %state, %meet ]\n");
  EXPECT_EQ(copies_of(threaded(text.c_str()), "dispatch"), 0u);
}

TEST(ThreadedStates, AWayThatGoesRoundIsLeftAlone) {
  std::string text = kMachine;
  text.replace(text.find("  br i1 %is_end, label %out, label %dispatch"), 45,
               "  br label %spin\nspin:\n  %n = phi i32 [ 0, %head ], [ %m, %spin ]\n  %m = add i32 %n, 1\n  %spins = icmp ult i32 %m, %wide\n"
               "  br i1 %spins, label %spin, label %behind\nbehind:\n  br i1 %is_end, label %out, label %dispatch\n");
  text.replace(text.find("%sum, %head ]", text.find("out:")), 13, "%sum, %behind ]");
  // A loop of one block is no cycle among the way's blocks; one of two is.
  text.replace(text.find("label %spin, label %behind"), 26, "label %again, label %behind\nagain:\n  br label %spin");
  text.replace(text.find("[ %m, %spin ]"), 13, "[ %m, %again ]");
  EXPECT_EQ(copies_of(threaded(text.c_str()), "dispatch"), 0u);
}

/// A number's scanner with a state in a local, as C compilers write it: br_table in a loop, states by select and by constant, and a
/// character that is looked at before and after the dispatch.
constexpr const char* kScanner = R"((module
  (memory 1)
  (func (export "f") (param $seed i32) (result i32)
    (local $i i32) (local $state i32) (local $c i32) (local $sum i32) (local $last i32)
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1103515245)) (i32.const 12345)))
      (local.set $last (local.get $c))
      (local.set $c (i32.and (i32.shr_u (local.get $seed) (i32.const 16)) (i32.const 15)))
      (block $done
        (block $skip
          (br_if $skip (i32.eq (local.get $c) (i32.const 15)))
          (block $s4 (block $s3 (block $s2 (block $s1 (block $s0
            (br_table $s0 $s1 $s2 $s3 $s4 (local.get $state)))
            (local.set $state (select (i32.const 1) (i32.const 3) (i32.lt_u (local.get $c) (i32.const 8))))
            (br $done))
            (local.set $state (select (i32.const 2) (select (i32.const 0) (i32.const 4) (i32.gt_u (local.get $last) (i32.const 3)))
                                      (i32.eqz (local.get $c))))
            (br $done))
            (local.set $sum (i32.add (local.get $sum) (local.get $last)))
            (local.set $state (i32.const 0))
            (br $done))
            (local.set $sum (i32.xor (local.get $sum) (i32.shl (local.get $c) (i32.const 7))))
            (if (i32.and (local.get $c) (i32.const 1)) (then (local.set $state (i32.const 2))))
            (br $done))
          (local.set $state (i32.and (local.get $c) (i32.const 3)))
          (br $done))
        (local.set $sum (i32.rotl (local.get $sum) (i32.const 3))))
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.add (local.get $state) (i32.mul (local.get $last) (local.get $c)))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))
    (local.get $sum))))";

TEST(ThreadedStates, MachinesComputeWhatTheyCompute) {
  const TextModule module(kScanner);
  Machine compiled(true, BoundsMode::Guarded, Interruption::Heartbeat), interpreted(false);
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::vector<Slot> left = {Slot{seed}}, right = {Slot{seed}};
    ASSERT_EQ(compiled.call(a, "f", left), RunStatus::Done);
    ASSERT_EQ(interpreted.call(b, "f", right), RunStatus::Done);
    EXPECT_EQ(left[0].u32, right[0].u32) << seed;
  }
}

}  // namespace
}  // namespace umber::aot::test
