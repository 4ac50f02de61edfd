// The verifier notices what it promises to notice: each test breaks one thing of a good function.
#include "decoder/ir/verify.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "decoder/ir/shape.h"
#include "tests/decoder/ir/ir_fixture.h"

namespace umber::ir {
namespace {

/// A copy of a function whose parts can be changed.
struct Editable {
  explicit Editable(const Function& from)
      : function(from), insts(from.insts.begin(), from.insts.end()), extra(from.extra.begin(), from.extra.end()),
        labels(from.labels.begin(), from.labels.end()), loops(from.loops.begin(), from.loops.end()),
        handlers(from.handlers.begin(), from.handlers.end()), catches(from.catches.begin(), from.catches.end()) {}

  Function& updated() {
    function.insts = insts;
    function.extra = extra;
    function.labels = labels;
    function.loops = loops;
    function.handlers = handlers;
    function.catches = catches;
    return function;
  }
  Inst& first(Op op) {
    for (Inst& inst : insts)
      if (inst.op == op) return inst;
    ADD_FAILURE() << "no such operation";
    return insts[0];
  }

  Function function;
  std::vector<Inst> insts;
  std::vector<uint32_t> extra;
  std::vector<uint32_t> labels;
  std::vector<LoopRange> loops;
  std::vector<HandlerRange> handlers;
  std::vector<Catch> catches;
};

constexpr const char* kModule = R"((module
  (import "m" "f" (func (param i32 f64) (result i32)))
  (memory 1)
  (tag $e (param i32))
  (func (param i32 f64 v128) (result i32) (local i64)
    (local.set 3 (i64.extend_i32_u (local.get 0)))
    block $out (result i32)
      loop $l
        (br_if $out (i32.load offset=4 (local.get 0)) (i64.eqz (local.get 3)))
        drop
        (br_if $l (i32.clz (local.get 0)))
      end
      (call 0 (i32.ctz (local.get 0)) (local.get 1))
    end
    (if (param i32) (result i32) (local.get 0) (then i32.eqz) (else i32.clz)))
  (func (result i32)
    block $h (result i32)
      try_table (result i32) (catch $e $h)
        (call 0 (i32.const 1) (f64.const 2))
      end
    end)))";

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() : module_(kModule) {}

  /// The message after `change`; "" if the verifier is content.
  std::string verify_changed(uint32_t func_idx, const std::function<void(Editable&)>& change) {
    Result<Function> built = module_.build(func_idx);
    EXPECT_TRUE(built.ok());
    Editable editable(*built);
    change(editable);
    const Status status = verify(editable.updated(), module_.allocator);
    if (status.ok()) return "";
    EXPECT_EQ(status.error().code(), ErrorCode::Invalid);
    const StringRef text = status.error().text();
    return {text.data(), text.size()};
  }
  void expect(uint32_t func_idx, const std::function<void(Editable&)>& change, const char* part) {
    const std::string message = verify_changed(func_idx, change);
    EXPECT_NE(message.find(part), std::string::npos) << "expected: " << part << "\nmessage:  " << message;
  }

  test::ModuleUnderTest module_;
};

TEST_F(VerifyTest, AcceptsWhatTheBuilderMakes) {
  EXPECT_EQ(verify_changed(1, [](Editable&) {}), "");
  EXPECT_EQ(verify_changed(2, [](Editable&) {}), "");
}

TEST_F(VerifyTest, Frame) {
  expect(1, [](Editable& e) { e.function.local_slots = 4; }, "local_slots is 4, not 5");
  expect(1, [](Editable& e) { e.function.frame_slots = 3; }, "bad frame size");
  expect(1, [](Editable& e) { e.insts.erase(e.insts.begin()); }, "no entry");
}

TEST_F(VerifyTest, Operations) {
  expect(1, [](Editable& e) { e.first(Op::I32Ctz).op = Op::Drop; }, "not an IR operation");
  expect(1, [](Editable& e) { e.first(Op::I32Ctz).op = Op::Entry; }, "only allowed at the start");
  expect(1, [](Editable& e) { e.first(Op::I32Load).aux = 1; }, "aux is out of range");
  expect(1, [](Editable& e) { e.first(Op::Call).imm = 9; }, "imm is out of range");
  expect(1, [](Editable& e) { e.first(Op::I32Load).a = Operand::slot(999); }, "a source is out of range");
  expect(1, [](Editable& e) { e.first(Op::I32Load).a = Operand(); }, "a source is out of range");
  expect(1, [](Editable& e) { e.first(Op::I32Load).a = Operand::constant(99); }, "a source is out of range");
  expect(1, [](Editable& e) { e.first(Op::I32Ctz).dst = kNoSlot; }, "dst is out of range");
  expect(1, [](Editable& e) { e.first(Op::BrIf).dst = 3; }, "dst without a result");
}

TEST_F(VerifyTest, Lists) {
  expect(1, [](Editable& e) { e.first(Op::Return).imm = 99; }, "bad list");
  expect(1, [](Editable& e) { e.first(Op::Return).imm = 0; }, "list of 0 items, not 1");
  expect(1, [](Editable& e) { e.extra.back() = e.extra.size(); e.first(Op::Return).imm = static_cast<uint32_t>(e.extra.size() - 1); },
         "bad list");
}

TEST_F(VerifyTest, Labels) {
  expect(1, [](Editable& e) { e.labels[0] = 1; }, "label 0 is not here");
  expect(1, [](Editable& e) { e.labels[0] = 99; }, "label 0 is nowhere");
  expect(1, [](Editable& e) { e.labels.pop_back(); }, "unregistered label");
  expect(1, [](Editable& e) { e.first(Op::BrIf).aux = 99; }, "no label 99");
}

TEST_F(VerifyTest, Loops) {
  expect(1, [](Editable& e) { e.loops[0].parent = 0; }, "wrong parent");
  expect(1, [](Editable& e) { e.loops[0].end = 99; }, "bad range of loop");
  expect(1, [](Editable& e) { e.loops[0].label = 1; }, "not the header");
  expect(1, [](Editable& e) { e.loops.clear(); }, "a loop header without a loop");
  expect(1, [](Editable& e) { e.loops[0].end = e.loops[0].first + 1; }, "goes back from outside the loop");
  expect(1, [](Editable& e) {
    Inst& header = e.first(Op::LoopHeader);
    header.op = Op::Label;
    e.loops.clear();
  }, "goes back to a plain label");
}

TEST_F(VerifyTest, Lines) {
  expect(1, [](Editable& e) { e.insts.pop_back(); }, "runs off the end");
  expect(1, [](Editable& e) { e.first(Op::I32Ctz).op = Op::Unreachable; e.first(Op::Unreachable).dst = kNoSlot; }, "cannot be reached");
}

TEST_F(VerifyTest, Values) {
  expect(1, [](Editable& e) { e.first(Op::I64ExtendI32U).a = Operand::slot(1); }, "slot 1 is no local of that type");
  expect(1, [](Editable& e) { e.first(Op::I64ExtendI32U).dst = 3; }, "slot 3 is no local of that type");
  expect(1, [](Editable& e) { e.first(Op::I32Ctz).a = Operand::slot(6); }, "reads slot 6, which is not defined");
  // Defined on one of the two ways to the label only.
  expect(1, [](Editable& e) {
    for (Inst& inst : e.insts)
      if (inst.op == Op::I32Load) inst.dst = 0;
  }, "is not defined");
  // Read twice.
  expect(1, [](Editable& e) {
    for (size_t i = 0; i < e.insts.size(); ++i)
      if (e.insts[i].op == Op::I32Eqz) e.insts[i].dst = 0;
  }, "is not defined");
}

TEST_F(VerifyTest, Handlers) {
  expect(2, [](Editable& e) { e.handlers[0].end = 99; }, "bad handler range");
  expect(2, [](Editable& e) { e.handlers[0].catch_count = 7; }, "bad catch clauses");
  expect(2, [](Editable& e) { e.catches[0].tag = 7; }, "bad tag");
  expect(2, [](Editable& e) { e.catches[0].dst = 99; }, "a caught payload is out of range");
  expect(2, [](Editable& e) { e.catches[0].kind = CatchKind::All; }, "is not defined");
  expect(2, [](Editable& e) { e.handlers.push_back({1, 3, 0, 1}); e.handlers[0].end = 2; std::swap(e.handlers[0], e.handlers[1]); },
         "out of order");
}

TEST_F(VerifyTest, ReportsMissingMemory) {
  Result<Function> built = module_.build(1);
  ASSERT_TRUE(built.ok());
  test::sweep_allocation_failures([&](test::TestAllocator& allocator) {
    const Status status = verify(*built, allocator);
    EXPECT_TRUE(status.ok() || status.error().code() == ErrorCode::OutOfMemory);
  });
}

TEST(Shapes, EveryOperationOfTheIrHasOne) {
  const auto is_plain = [](Op op) {  // operations without any operand, result or index
    return op == Op::Unreachable || op == Op::AtomicFence;
  };
  for (unsigned i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    const bool is_gone = i < wasm::kOpCount && wasm::info_of(wasm_op_of(op)).lowering == wasm::Lowering::Gone;
    const Shape& shape = shape_of(op);
    const bool has_shape = shape.operand_count > 0 || shape.result != 0 || shape.list != ListAt::No || shape.aux != Aux::None ||
                           shape.imm != Imm::None;
    EXPECT_EQ(has_shape, !is_gone && !is_plain(op)) << text_of(op).data();
  }
}

}  // namespace
}  // namespace umber::ir
