// Which loops are kept from the vectoriser: innermost ones that step over more than some cache lines in memory.
#include "aot/compiler/scattered_loops.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/aot/compiler/passed_module.h"

namespace umber::aot::test {
namespace {

/// Whether a loop stays scalar that adds up numbers so many bytes apart.
bool stays_scalar(const std::string& step) {
  const std::string text = R"(
define double @f(ptr %numbers, i64 %count, i64 %stride) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %more, %loop ]
  %sum = phi double [ 0.0, %entry ], [ %next, %loop ]
  %offset = mul i64 %i, )" + step + R"(
  %at = getelementptr i8, ptr %numbers, i64 %offset
  %number = load double, ptr %at
  %next = fadd double %sum, %number
  %more = add i64 %i, 1
  %goes_on = icmp ult i64 %more, %count
  br i1 %goes_on, label %loop, label %out
out:
  ret double %next
})";
  return PassedModule(text, ScatteredLoops()).text().find("llvm.loop.vectorize.enable") != std::string::npos;
}

TEST(ScatteredLoops, ColumnsStayScalar) {
  EXPECT_TRUE(stays_scalar("1600"));
  EXPECT_TRUE(stays_scalar("-1600"));
}

TEST(ScatteredLoops, RowsAndRecordsMayBeVectors) {
  EXPECT_FALSE(stays_scalar("8"));
  EXPECT_FALSE(stays_scalar("-32"));
  EXPECT_FALSE(stays_scalar("256"));
}

TEST(ScatteredLoops, AnUnknownStepIsTheVectorisersToJudge) { EXPECT_FALSE(stays_scalar("%stride")); }

}  // namespace
}  // namespace umber::aot::test
