// From an IR operation to the family that runs it: one constant table, derived from the lists in op_lists.h.
#pragma once

#include <array>

#include "decoder/ir/ir.h"
#include "interp/dispatch.h"
#include "interp/op_lists.h"

namespace umber::interp {

/// How the encoder goes about an operation. The vectors' lie side by side (is_vector_way).
enum class Way : uint8_t {
  Own,  ///< by hand
  Label, LoopHeader, Copy, Jump, BranchIf, BranchUnless, Return, Call, Global,  ///< by hand too, but frequent
  Sum,  ///< i32.add, i32.sub; `op` as for HotInt
  HotInt, ColdInt, CompareInt, UnaryInt, BinaryF32, BinaryF64, CompareF32, CompareF64, F32ToInt, F64ToInt, IntToFloat, UnaryFloat,
  LoadInt, LoadFloat, StoreInt, StoreFloat,
  VectorUnary, VectorBinary, VectorTernary, VectorShift, Shuffle, SplatInt, SplatFloat, VectorTest, ExtractInt, ExtractFloat,
  ReplaceInt, ReplaceFloat,
  VectorLoad, VectorStore, VectorLoadLane, VectorStoreLane,
  Atomic,        ///< all operands in slots
  Object,        ///< structs, arrays, casts
  Unsupported,
};
/// Whether an operation of this way computes with vectors.
[[nodiscard]] constexpr bool is_vector_way(Way way) { return way >= Way::VectorUnary && way <= Way::ReplaceFloat; }
struct Selection {
  Way way = Way::Own;
  uint8_t op = 0;  ///< in the family's list
};

namespace detail {
constexpr Op same_access(Op op) {
  switch (op) {  // an i32 is zero-extended, though not in the compact profile, and stores look at the low bits only
    case Op::I64Load8U: return kIsCompact ? op : Op::I32Load8U;
    case Op::I64Load16U: return kIsCompact ? op : Op::I32Load16U;
    case Op::I64Load32U: return kIsCompact ? op : Op::I32Load;
    case Op::I64Store8: return Op::I32Store8;
    case Op::I64Store16: return Op::I32Store16;
    case Op::I64Store32: return Op::I32Store;
    default: return op;
  }
}

struct SelectionTable {
  Selection rows[ir::kOpCount];
};

constexpr SelectionTable make_selection() {
  SelectionTable table{};
  const auto add = [&table](const auto& list, Way way) {
    for (unsigned i = 0; i < std::size(list); ++i)
      table.rows[static_cast<unsigned>(list[i])] = {way, static_cast<uint8_t>(i)};
  };
  const auto add_range = [&table](Op first, Op last, Way way) {
    for (unsigned i = static_cast<unsigned>(first); i <= static_cast<unsigned>(last); ++i) table.rows[i] = {way, 0};
  };
  add(kVectorOps<VectorShape::Unary>, Way::VectorUnary);
  add(kVectorOps<VectorShape::Binary>, Way::VectorBinary);
  add(kVectorOps<VectorShape::Ternary>, Way::VectorTernary);
  add(kVectorOps<VectorShape::Shift>, Way::VectorShift);
  add(kVectorOps<VectorShape::Shuffle>, Way::Shuffle);
  add(kVectorOps<VectorShape::SplatInt>, Way::SplatInt);
  add(kVectorOps<VectorShape::SplatFloat>, Way::SplatFloat);
  add(kVectorOps<VectorShape::Test>, Way::VectorTest);
  add(kVectorOps<VectorShape::ExtractInt>, Way::ExtractInt);
  add(kVectorOps<VectorShape::ExtractFloat>, Way::ExtractFloat);
  add(kVectorOps<VectorShape::ReplaceInt>, Way::ReplaceInt);
  add(kVectorOps<VectorShape::ReplaceFloat>, Way::ReplaceFloat);
  add(kVectorLoads, Way::VectorLoad);
  add(kVectorStores, Way::VectorStore);
  add(kVectorLaneLoads, Way::VectorLoadLane);
  add(kVectorLaneStores, Way::VectorStoreLane);
  add_range(Op::StructNew, Op::I31GetU, Way::Object);
  add_range(Op::MemoryAtomicNotify, Op::I64AtomicRmw32CmpxchgU, Way::Atomic);
  table.rows[static_cast<unsigned>(Op::AtomicFence)] = {};
  add(kHotBinaryInt, Way::HotInt);
  add(kColdBinaryInt, Way::ColdInt);
  add(kBranchInt, Way::CompareInt);
  add(kUnaryInt, Way::UnaryInt);
  add(kBinaryF32, Way::BinaryF32);
  add(kBinaryF64, Way::BinaryF64);
  add(kCompareF32, Way::CompareF32);
  add(kCompareF64, Way::CompareF64);
  add(kF32ToInt, Way::F32ToInt);
  add(kF64ToInt, Way::F64ToInt);
  add(kIntToFloat, Way::IntToFloat);
  add(kUnaryFloat, Way::UnaryFloat);
  add(kLoadInt, Way::LoadInt);
  add(kLoadFloat, Way::LoadFloat);
  add(kStoreInt, Way::StoreInt);
  add(kStoreFloat, Way::StoreFloat);
  table.rows[static_cast<unsigned>(Op::I32Add)].way = table.rows[static_cast<unsigned>(Op::I32Sub)].way = Way::Sum;
  const auto set = [&table](ir::Op op, Way way) { table.rows[static_cast<unsigned>(op)].way = way; };
  set(ir::Op::Label, Way::Label);
  set(ir::Op::LoopHeader, Way::LoopHeader);
  set(ir::Op::Copy, Way::Copy);
  set(ir::Op::Br, Way::Jump);
  set(ir::Op::BrIf, Way::BranchIf);
  set(ir::Op::BrUnless, Way::BranchUnless);
  set(ir::Op::Return, Way::Return);
  for (const ir::Op op : {ir::Op::Call, ir::Op::CallIndirect, ir::Op::CallRef}) set(op, Way::Call);
  for (const ir::Op op : {ir::Op::GlobalGet, ir::Op::GlobalSet}) set(op, Way::Global);
  for (Op op : {Op::I64Load8U, Op::I64Load16U, Op::I64Load32U, Op::I64Store8, Op::I64Store16, Op::I64Store32})
    table.rows[static_cast<unsigned>(op)] = table.rows[static_cast<unsigned>(same_access(op))];
  return table;
}
}  // namespace detail

/// Place of an integer operation in a list, as index_in says it, without a search.
template <const auto& list>
[[nodiscard]] inline int place_in(ir::Op op) {
  constexpr auto kFirst = static_cast<unsigned>(Op::I32Eqz), kLast = static_cast<unsigned>(Op::I64Rotr);
  static constexpr auto kPlaces = [] {
    std::array<int8_t, kLast - kFirst + 1> places{};
    for (unsigned i = 0; i < places.size(); ++i) places[i] = static_cast<int8_t>(index_in<list>(static_cast<Op>(kFirst + i)));
    return places;
  }();
  const unsigned at = static_cast<unsigned>(op) - kFirst;
  return at < kPlaces.size() ? kPlaces[at] : -1;
}

inline constexpr detail::SelectionTable kSelection = detail::make_selection();
[[nodiscard]] inline Selection selection_of(ir::Op op) { return kSelection.rows[static_cast<unsigned>(op)]; }

/// Whether an operation computes, moves, loads or stores one value, with all its operands in `a`, `b` and `c`, and control goes on behind it.
[[nodiscard]] inline bool is_plain(ir::Op op) {
  const Way way = selection_of(op).way;
  return (way >= Way::Sum && way <= Way::StoreFloat) || way == Way::Copy || way == Way::Global || op == ir::Op::Select;
}

}  // namespace umber::interp
