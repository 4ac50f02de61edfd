// The order of what a sink hears, and what it does not hear: code that can't be reached.
#include <gtest/gtest.h>

#include <string>

#include "decoder/validate/function_validator.h"
#include "tests/decoder/decode_fixture.h"

namespace umber::wasm {
namespace {

/// Writes down every call, instructions by name with the immediates that matter here.
struct RecordingSink {
  static constexpr bool kEmits = true;
  std::string log;
  uint32_t offset = 0;
  size_t fail_at = SIZE_MAX;
  size_t calls = 0;

  void add(const std::string& text) {
    ++calls;
    log += text + "; ";
  }
  void begin_function(const Module&, uint32_t func_idx, std::span<const ValType> locals) {
    add("func " + std::to_string(func_idx) + " locals " + std::to_string(locals.size()));
  }
  void at(uint32_t where) {
    EXPECT_GT(where, offset) << "offsets only grow";
    offset = where;
  }
  void begin_block(BlockKind kind, const BlockType& type, std::span<const CatchClause> clauses) {
    static constexpr const char* kNames[] = {"block", "loop", "if", "try_table", "try"};
    add(std::string(kNames[static_cast<int>(kind)]) + " " + std::to_string(type.params.size()) + ":" +
        std::to_string(type.results.size()) + (clauses.empty() ? "" : " catches " + std::to_string(clauses.size())));
  }
  void begin_else() { add("else"); }
  void begin_catch(uint32_t tag) { add(tag == kNoIndex ? "catch_all" : "catch " + std::to_string(tag)); }
  void end_block() { add("end"); }
  void delegate(uint32_t depth) { add("delegate " + std::to_string(depth)); }
  void instruction(Op op, const Immediates& immediates) {
    std::string text = name_of(op);
    switch (info_of(op).immediate) {
      case Immediate::Local:
      case Immediate::Label:
      case Immediate::Func: text += " " + std::to_string(immediates.index); break;
      case Immediate::I32: text += " " + std::to_string(static_cast<int32_t>(immediates.constant)); break;
      case Immediate::Mem2: text += " m" + std::to_string(immediates.index) + "+" + std::to_string(immediates.offset); break;
      case Immediate::LabelTable:
        for (uint32_t depth : immediates.labels) text += " " + std::to_string(depth);
        break;
      default: break;
    }
    add(text);
  }
  bool add_straight(const std::string& text) {
    EXPECT_TRUE(wants_straight_line());
    add(text);
    return ok();
  }
  void br(uint32_t depth) { add("br " + std::to_string(depth)); }
  void br_if(uint32_t depth) { add("br_if " + std::to_string(depth)); }
  void call(uint32_t func_idx) { add("call " + std::to_string(func_idx)); }
  [[nodiscard]] bool wants_straight_line() const { return ok(); }
  [[nodiscard]] bool local_get(uint32_t local) { return add_straight("local.get " + std::to_string(local)); }
  [[nodiscard]] bool local_set(uint32_t local, bool is_tee) {
    return add_straight((is_tee ? "local.tee " : "local.set ") + std::to_string(local));
  }
  [[nodiscard]] bool i32_const(uint32_t bits) { return add_straight("i32.const " + std::to_string(static_cast<int32_t>(bits))); }
  [[nodiscard]] bool compute(Op op) { return add_straight(name_of(op)); }
  [[nodiscard]] bool access(Op op, uint32_t access_offset) {
    return add_straight(name_of(op) + " m0+" + std::to_string(access_offset));
  }
  [[nodiscard]] static std::string name_of(Op op) { return {text_of(op).data(), text_of(op).size()}; }
  [[nodiscard]] bool ok() const { return calls < fail_at; }
  [[nodiscard]] Error failure() const { return Error::of(ErrorCode::LimitReached, "the sink is full"); }
};

std::string log_of(std::string_view text) {
  const test::DecodedModule module(text);
  EXPECT_TRUE(module.ok()) << module.message();
  test::TestAllocator allocator;
  RecordingSink sink;
  FunctionValidator<RecordingSink> validator(*module, allocator, sink);
  EXPECT_TRUE(validator.validate_body(0)) << validator.error().message().c_str();
  return sink.log;
}

TEST(Sink, HearsEveryInstructionInOrder) {
  EXPECT_EQ(log_of("(module (memory 1) (func (param i32) (result i32) (local i64 i64)"
                   "  (local.set 0 (i32.load offset=300 (i32.const -5))) (block (br_if 0 (local.get 0)))"
                   "  (i32.add (local.tee 0 (i32.const 1000)) (i32.const 100000))))"),
            "func 0 locals 3; i32.const -5; i32.load m0+300; local.set 0; block 0:0; local.get 0; br_if 0; end; "
            "i32.const 1000; local.tee 0; i32.const 100000; i32.add; end; ");
}

TEST(Sink, HearsNumbersOfEveryLength) {
  EXPECT_EQ(log_of("(module (memory 1) (func (result i32)"
                   "  (drop (i32.const 63)) (drop (i32.const -64)) (drop (i32.const 8191)) (drop (i32.const -8192)) (drop (i32.const 1048575))"
                   "  (drop (i32.const -1048576)) (drop (i32.const 134217727)) (drop (i32.const -134217728)) (drop (i32.const -2147483648))"
                   "  (i32.store offset=127 (i32.const 0) (i32.const 0)) (i32.store offset=16383 (i32.const 0) (i32.const 0))"
                   "  (i32.store offset=2097151 (i32.const 0) (i32.const 0)) (i32.load offset=2097152 (i32.const 0))))"),
            "func 0 locals 0; i32.const 63; drop; i32.const -64; drop; i32.const 8191; drop; i32.const -8192; drop; i32.const 1048575; drop; "
            "i32.const -1048576; drop; i32.const 134217727; drop; i32.const -134217728; drop; i32.const -2147483648; drop; "
            "i32.const 0; i32.const 0; i32.store m0+127; i32.const 0; i32.const 0; i32.store m0+16383; "
            "i32.const 0; i32.const 0; i32.store m0+2097151; i32.const 0; i32.load m0+2097152; end; ");
}

TEST(Sink, HearsNothingOfUnreachableCodeButTheEndsOfItsBlocks) {
  EXPECT_EQ(log_of("(module (func (param i32)"
                   "  (if (local.get 0) (then (return) (i32.const 1) (drop) (block (nop)) (loop (br 0))) (else (nop)))"
                   "  (block (unreachable) (block (drop (i32.const 1)))) (nop)))"),
            "func 0 locals 1; local.get 0; if 0:0; return; else; nop; end; block 0:0; unreachable; end; nop; end; ");
}

TEST(Sink, DeadBlocksAreSilentToTheirEnds) {
  EXPECT_EQ(log_of("(module (func (return) (if (i32.const 1) (then (nop)) (else (nop))) (try_table (nop))))"), "func 0 locals 0; return; end; ");
}

TEST(Sink, HearsBranchTables) {
  EXPECT_EQ(log_of("(module (func (param i32) (block (block (br_table 0 1 1 2 (local.get 0))))))"),
            "func 0 locals 1; block 0:0; block 0:0; local.get 0; br_table 0 1 1 2; end; end; end; ");
}

TEST(Sink, HearsCatchClauses) {
  EXPECT_EQ(log_of("(module (tag $e) (func (block (try_table (catch $e 0) (catch_all 1) (nop)))))"),
            "func 0 locals 0; block 0:0; try_table 0:0 catches 2; nop; end; end; end; ");
}

TEST(Sink, HearsOfLocalsInManyDeclarations) {
  std::string locals;
  for (int i = 0; i < 300; ++i) locals += "(local i32 i64)";
  EXPECT_EQ(log_of("(module (func " + locals + "(drop (local.get 599))))"), "func 0 locals 600; local.get 599; drop; end; ");
}

TEST(Sink, StopsWhenItFails) {
  const test::DecodedModule module("(module (func (nop) (nop) (block (nop)) (nop)))");
  ASSERT_TRUE(module.ok()) << module.message();
  for (size_t calls = 1; calls < 7; ++calls) {
    test::TestAllocator allocator;
    RecordingSink sink;
    sink.fail_at = calls;
    FunctionValidator<RecordingSink> validator(*module, allocator, sink);
    ASSERT_FALSE(validator.validate_body(0)) << calls;
    EXPECT_EQ(validator.error().text(), StringRef("the sink is full"));
  }
}

}  // namespace
}  // namespace umber::wasm
