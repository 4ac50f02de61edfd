// Which selects are marked as unpredictable: those that compare data, not searches for a best place and not comparisons with constants and bounds.
#include "aot/compiler/unpredictable_selects.h"

#include <gtest/gtest.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include <string>

#include "tests/aot/compiler/passed_module.h"

namespace umber::aot::test {
namespace {

struct Selects {
  size_t marked = 0;
  size_t others = 0;
  size_t calls = 0;

  friend bool operator==(const Selects&, const Selects&) = default;
};

/// The selects of a loop with this body after the pass. The body sees %a and %b, bytes in memory, %i, the counter from 0 on, and %kept, which is
/// %next in the following round; %next is its to define.
Selects of(const std::string& body) {
  const std::string text = R"(
declare i32 @llvm.umin.i32(i32, i32)
define i32 @f(ptr %text, i32 %bound) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %more, %loop ]
  %kept = phi i32 [ 0, %entry ], [ %next, %loop ]
  %at = getelementptr i8, ptr %text, i32 %i
  %a = load i8, ptr %at
  %behind = getelementptr i8, ptr %at, i32 1
  %b = load i8, ptr %behind
)" + body + R"(
  %more = add i32 %i, 1
  %goes_on = icmp ult i32 %more, %bound
  br i1 %goes_on, label %loop, label %out
out:
  ret i32 %next
})";
  const PassedModule module(text, UnpredictableSelects());
  Selects found;
  if (module.function("f") == nullptr) return found;
  for (const llvm::Instruction& instruction : llvm::instructions(*module.function("f"))) {
    if (llvm::isa<llvm::CallInst>(instruction)) ++found.calls;
    if (!llvm::isa<llvm::SelectInst>(instruction)) continue;
    ++(instruction.hasMetadata(llvm::LLVMContext::MD_unpredictable) ? found.marked : found.others);
  }
  return found;
}

TEST(UnpredictableSelects, DataComparedWithData) {
  EXPECT_EQ(of("%c = icmp ult i8 %a, %b \n %next = select i1 %c, i32 %i, i32 7"), (Selects{1, 0, 0}));
}

TEST(UnpredictableSelects, TheChildOfAHeapDependsOnTheOneBefore) {
  EXPECT_EQ(of(R"(
  %left = mul i32 %kept, 2
  %right = add i32 %left, 1
  %l = getelementptr i8, ptr %text, i32 %left
  %r = getelementptr i8, ptr %text, i32 %right
  %x = load i8, ptr %l
  %y = load i8, ptr %r
  %c = icmp ult i8 %x, %y
  %next = select i1 %c, i32 %right, i32 %left)"),
            (Selects{1, 0, 0}));
}

TEST(UnpredictableSelects, ASearchForTheBestPlaceIsPredictable) {
  const std::string search = R"(
  %best = getelementptr i8, ptr %text, i32 %kept
  %x = load i8, ptr %best
  %c = icmp ugt i8 %a, %x)";
  EXPECT_EQ(of(search + "\n %next = select i1 %c, i32 %i, i32 %kept"), (Selects{0, 1, 0}));
  EXPECT_EQ(of(search + R"(
  %first = select i1 %c, i32 %i, i32 %kept
  %better = getelementptr i8, ptr %text, i32 %first
  %y = load i8, ptr %better
  %d = icmp ugt i8 %b, %y
  %second = add i32 %i, 1
  %next = select i1 %d, i32 %second, i32 %first)"),
            (Selects{0, 2, 0}))
      << "nor where the loop is unrolled";
  EXPECT_EQ(of(search + "\n %half = add i32 %kept, 1 \n %next = select i1 %c, i32 %half, i32 %kept"), (Selects{1, 0, 0}))
      << "where it goes on depends on where it was: a binary search, say";
}

TEST(UnpredictableSelects, ConstantsAndBoundsArePredictable) {
  EXPECT_EQ(of("%c = icmp ult i8 %a, 58 \n %next = select i1 %c, i32 %i, i32 7"), (Selects{0, 1, 0}));
  EXPECT_EQ(of("%w = zext i8 %a to i32 \n %c = icmp ult i32 %w, %bound \n %next = select i1 %c, i32 %i, i32 7"), (Selects{0, 1, 0}));
  EXPECT_EQ(of("%c = icmp ult i32 %i, %kept \n %next = select i1 %c, i32 %i, i32 7"), (Selects{0, 1, 0}));
}

TEST(UnpredictableSelects, AMinimumOfDataIsASelect) {
  EXPECT_EQ(of(R"(
  %x = zext i8 %a to i32
  %least = call i32 @llvm.umin.i32(i32 %x, i32 %kept)
  %next = add i32 %least, %x)"),
            (Selects{1, 0, 0}));
  EXPECT_EQ(of("%x = zext i8 %a to i32 \n %next = call i32 @llvm.umin.i32(i32 %x, i32 255)"), (Selects{0, 0, 1}));
}

}  // namespace
}  // namespace umber::aot::test
