// A handler's address says everything about an instruction: which family, which operation, where the operands are, and so
// where the fields lie. The reverse of Emitter::emit.
#include "interp/disasm.h"

#include "decoder/ir/shape.h"
#include "interp/draft.h"
#include "interp/encode/encoder.h"
#include "interp/pair_families.h"
#include "interp/vector_families.h"

namespace umber::interp {

namespace {

using Line = FixedText<256>;

const Family* const kFamilies[] = {
    &kFamHotInt, &kFamColdInt, &kFamCompareInt, &kFamReversedInt, &kFamUnaryInt, &kFamBinaryF32, &kFamBinaryF64, &kFamCompareF32, &kFamCompareF64,
    &kFamUnaryFloat, &kFamF32ToInt, &kFamF64ToInt, &kFamIntToFloat, &kFamMoveI32, &kFamMoveI64, &kFamMoveF32, &kFamMoveF64,
    &kFamSaveInt, &kFamLoadInt, &kFamSaveFloat, &kFamLoadFloat, &kFamSelectInt, &kFamSelectFloat, &kFamGlobalGet, &kFamGlobalSet,
    &kFamGlobalGetFloat, &kFamGlobalSetFloat, &kFamBranchInt, &kFamBranchTruth, &kFamBranchMask, &kFamBranchF32, &kFamBranchF64,
    &kFamBranchTable, &kFamCallIndirect, &kFamCallRef, &kFamReturnInt, &kFamReturnF32, &kFamReturnF64, &kFamSingle,
    &kFamVectorUnary, &kFamVectorBinary, &kFamVectorTernary, &kFamVectorShift, &kFamShuffle, &kFamSplatInt, &kFamSplatFloat,
    &kFamVectorLoadOp, &kFamVectorOpLoad, &kFamVectorOpStore, &kFamVectorProduct, &kFamVectorLoadProduct, &kFamVectorLoadIndexed,
    &kFamVectorStoreIndexed, &kFamVectorTestBranch, &kFamVectorTest, &kFamExtractInt, &kFamExtractFloat, &kFamReplaceInt, &kFamReplaceFloat,
    &kFamGenericMemory, &kFamMemory64, &kFamAnyVector, &kFamVectorMemory64, &kFamAtomic, &kGuardedVectors.load, &kGuardedVectors.store,
    &kGuardedVectors.load_lane, &kGuardedVectors.store_lane, &kCheckedVectors.load, &kCheckedVectors.store, &kCheckedVectors.load_lane,
    &kCheckedVectors.store_lane, &kFamStructGet, &kFamStructSet, &kFamArrayGet, &kFamArraySet,
    &kFamArrayLen, &kFamI31, &kFamRefTest, &kFamRefCast, &kFamObject, &kFamShifted, &kFamSum3, &kFamField, &kFamIncrement2,
    &kFamIncrementBranch, &kFamEnterInt, &kFamJumpBackInt, &kFamLoadIndexedInt, &kFamLoadIndexedFloat, &kFamStoreIndexedInt,
    &kFamStoreIndexedFloat, &kFamLoadOpInt, &kFamLoadOpF32, &kFamLoadOpF64, &kFamLoadMulAddF32, &kFamLoadMulAddF64, &kFamBranchLoad,
    &kFamMulAddF32, &kFamMulAddF64, &kFamReversedF32, &kFamReversedF64, &kFamMove2, &kFamGlobalSum, &kFamGlobalSetSum, &kFamMoveCall,
    &kFamMove2Call, &kFamSumCall, &kFamMoveCallIndirect, &kFamMove2CallIndirect, &kFamMoveJump, &kFamSumJump, &kFamBranchTableLoad,
    &kFamLoadBranch, &kFamIncrement2Branch, &kFamSumBranch, &kFamIncrementTest, &kFamMoveCharge, &kFamSumCharge, &kFamReturnSum,
    &kFamReturnLoad, &kFamLoadScaledInt, &kFamLoadScaledFloat, &kFamStoreScaledInt, &kFamStoreScaledFloat, &kFamStoreOpInt,
    &kFamStoreOpF32, &kFamStoreOpF64, &kFamUpdateInt, &kFamUpdateF32, &kFamUpdateF64, &kFamRotated, &kFamXorRotate, &kFamLogic3, &kFamStep, &kFamStepTable,
    &kFamSumTest, &kFamMaskTest, &kFamFieldSum, &kFamBranchTableSum, &kFamLoadLoad, &kFamSumLoadInt, &kFamSumLoadFloat, &kFamLoadByByte,
    &kFamLoadByByteIn, &kFamCopyMemory, &kFamDotAddF32, &kFamDotAddF64, &kFamUpdateProductF32, &kFamUpdateProductF64,
    &kFamUpdateLoadedProductF32, &kFamUpdateLoadedProductF64, &kFamDraft, &kFamSumAnd, &kFamBackToTable, &kFamBackToStepTable, &kFamElementBranch,
};

struct Found {
  const Family* family = nullptr;
  unsigned op = 0;
  unsigned variant = 0;
};

[[nodiscard]] bool find_in(const Family& family, Handler handler, Found& out) {
  const unsigned variants = family.variants();
  for (unsigned i = 0; i < family.ops * variants; ++i) {
    if (family.table[i] != handler) continue;
    out = {&family, i / variants, i % variants};
    return true;
  }
  return false;
}

[[nodiscard]] Found find(Handler handler) {
  Found found;
  for (const Family* family : kFamilies)
    if (find_in(*family, handler, found)) return found;
  for (const MemoryFamilies* memory : {&kGuardedMemory, &kCheckedMemory})
    for (const Family* family : {memory->load_int, memory->load_float, memory->store_int, memory->store_float, memory->load_int_plus,
                                 memory->load_float_plus, memory->store_int_plus, memory->store_float_plus})
      if (family != nullptr && find_in(*family, handler, found)) return found;
  return {};
}

/// The fields of one instruction, in the order and sizes of operand.h.
class Fields {
 public:
  Fields(const Code* pc, const Found& found) : pc_(pc), found_(found) {
    const Family& family = *found.family;
    unsigned below = family.variants();
    unsigned rest = found.variant;
    for (unsigned i = 0; i < 4 && family.dims[i] != 0; ++i) {
      below /= family.dims[i];
      places_[i] = rest / below;
      rest %= below;
      ++dims_;
    }
    shape_ = shape_of_instruction();
    unsigned halves = 0;
    for (unsigned i = 0; i < shape_.size(); ++i) halves += is_half(i) ? 1 : 0;
    next_half_ = kRefBytes;
    next_word_ = static_cast<uint32_t>(first_word_after(static_cast<int>(halves)));
  }

  /// Writes the operands and returns the instruction's size.
  uint32_t print(Line* line, uint32_t position) {
    for (unsigned i = 0; i < shape_.size(); ++i) print_field(line, i, position);
    return next_word_;
  }
  void print_places(FixedText<96>& out) const {
    for (unsigned i = 0; i < dims_; ++i) {
      const unsigned regs = registers(shape_[i]);
      out.add(' ');
      if (places_[i] < regs)
        out.add(register_letter(shape_[i]), places_[i]);
      else
        out.add(places_[i] == regs ? "[]" : "#");
    }
  }

 private:
  [[nodiscard]] StringRef shape_of_instruction() {
    const Family& family = *found_.family;
    if (family.shape == "?o") return interp::shape_of(static_cast<ObjectOp>(found_.op));
    if (family.shape == "?") return interp::shape_of(static_cast<Single>(found_.op));
    if (family.shape[0] == 'm') {
      for (unsigned mask = found_.op; mask != 0; mask &= mask - 1) text_.add('s');
      text_.add(family.shape.substr(1));
      return text_.str();
    }
    const bool memory = family.shape[0] == 'M';
    if (!memory) {
      text_.add(family.shape);
      if (family.shape[family.shape.size() - 1] == 'b' && found_.op % 2 == 1) text_.add('c');
      return text_.str();
    }
    const auto number = static_cast<int>(found_.op);
    const Op op = &family == &kFamAtomic ? atomic_op(number) : generic_memory_op(number);
    const ir::Shape& shape = ir::shape_of(ir::op_of(op));
    if (shape.result != 0) text_.add('s');
    for (unsigned i = 0; i < shape.operand_count; ++i) text_.add('s');
    if (shape.has_lane) text_.add('h');
    text_.add(family.shape.substr(1));
    return text_.str();
  }
  [[nodiscard]] static bool is_float(char letter) { return letter == 'f' || letter == 'd'; }
  [[nodiscard]] static unsigned registers(char letter) { return letter == 'v' ? kVectorRegs : is_float(letter) ? kFloatRegs : kIntRegs; }
  [[nodiscard]] static char register_letter(char letter) { return letter == 'v' ? 'v' : is_float(letter) ? 'f' : 'r'; }
  [[nodiscard]] bool is_half(unsigned i) const {
    const bool is_short = kIsCompact && (i < dims_ ? !is_float(shape_[i]) && shape_[i] != 'v' && places_[i] > registers(shape_[i]) : shape_[i] == 'q');
    if (is_short) return true;
    if (i < dims_) return places_[i] == registers(shape_[i]);
    return shape_[i] == 'h' || shape_[i] == 's';
  }
  uint32_t half() {
    next_half_ += 2;
    return load_le<uint16_t>(pc_ + next_half_ - 2);
  }
  uint32_t word() {
    next_word_ += 4;
    return load_le<uint32_t>(pc_ + next_word_ - 4);
  }
  void print_field(Line* line, unsigned i, uint32_t position) {
    Line unused;
    Line& out = line == nullptr ? unused : *line;
    out.add(i == 0 ? " " : ", ");
    const char letter = shape_[i];
    if (i < dims_) {
      const unsigned regs = registers(letter);
      if (places_[i] < regs) {
        out.add(register_letter(letter), places_[i]);
      } else if (places_[i] == regs) {
        out.add('[', half(), ']');
      } else if (letter == 'v') {
        for (int k = 0; k < 4; ++k) out.add(k == 0 ? "#" : ":", Hex{word()});
      } else if (letter == 'd') {
        const uint64_t low = word();
        out.add('#', Hex{low | uint64_t{word()} << 32});
      } else if (letter == 'f') {
        out.add('#', Hex{word()});
      } else if (kIsCompact) {
        out.add('#', static_cast<int16_t>(half()));
      } else {
        out.add('#', static_cast<int32_t>(word()));
      }
      return;
    }
    switch (letter) {
      case 's': out.add('[', half(), ']'); return;
      case 'h': out.add(half()); return;
      case 'o': out.add("offset ", word()); return;
      case 'q': out.add("offset ", kIsCompact ? half() : word()); return;
      case '+': out.add('+', static_cast<int32_t>(word())); return;
      case 'b': out.add('@', position + word()); return;
      case 'c': out.add("fuel ", word()); return;
      case 'x': out.add(Hex{word()}); return;
      case 't': {
        const uint32_t last = word();
        const uint32_t entries = next_word_;
        (void)entries;
        for (uint32_t k = 0; k <= last; ++k) out.add(k == 0 ? "@" : " @", position + word());
        return;
      }
      default: out.add(word()); return;
    }
  }

  const Code* pc_;
  const Found& found_;
  StringRef shape_;
  FixedText<16> text_;
  unsigned places_[4] = {};
  unsigned dims_ = 0;
  uint32_t next_half_ = 0;
  uint32_t next_word_ = 0;
};

template <size_t size>
void add_name(FixedText<size>& out, const Found& found) {
  const Family& family = *found.family;
  if (family.op_name == nullptr) {
    out.add(family.name);
    return;
  }
  if (family.name.starts_with("br") && family.name != "br_table") {
    out.add(family.name, found.op % 2 == 1 ? ".back " : " ");
    if (&family == &kFamVectorTestBranch) out.add(found.op / 2 % 2 == 1 ? "nonzero " : "zero ");
  } else if (family.name == "checked" || family.name == "any" || family.name == "indexed" || family.name == "load" ||
             family.name == "f32" || family.name == "f64" || family.name == "scaled" || family.name.starts_with("store") || family.name.starts_with("update") || family.name.starts_with("add.") || family.name.starts_with("load.") || family.name.starts_with("increment") || family.name == "by byte" || family.name == "copy" || family.name == "i32.add," || family.name == "back to") {
    out.add(family.name, ' ');
  }
  out.add(family.op_name(found.op));
}

/// Like the IR's listing: positions in place of instructions.
void print_handlers(const HandlerTable& table, TextOutput& output) {
  constexpr StringRef kKinds[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
  for (uint32_t i = 0; i < table.range_count; ++i) {
    const HandlerTable::Range& range = table.ranges()[i];
    for (uint32_t k = 0; k < range.clause_count; ++k) {
      const HandlerTable::Clause& clause = table.clauses()[range.first_clause + k];
      Line line;
      line.add("  try @", range.first, " to @", range.end, ": ", kKinds[clause.kind]);
      if (clause.kind < 2) line.add(" tag=", clause.tag);
      line.add(" [", clause.slot, "] -> @", clause.target, '\n');
      output.write(line.str());
    }
  }
}

}  // namespace

FixedText<96> name_at(const Code* pc) {
  FixedText<96> text;
  const Found found = find(read_ref(pc));
  if (found.family == nullptr) return text;
  add_name(text, found);
  Fields(pc, found).print_places(text);
  return text;
}

Status print_code(const ir::Function& function, Allocator& allocator, TextOutput& output, EncodeOptions options) {
  Encoder encoder(allocator);
  const Result<std::span<const Code>> encoded = encoder.encode(function, options);
  if (!encoded.ok()) return encoded.error();
  const std::span<const Code> code = encoded.value();
  const FunctionHeader& header = header_of(code.data());
  Line line;
  line.add("func ", header.func_idx, ": frame ", header.frame_bytes / sizeof(Slot), ", link ", header.link, ", zero ",
           header.zero_count, ", fuel ", header.weight, ", ", header.code_bytes, " bytes\n");
  output.write(line.str());
  uint32_t end = static_cast<uint32_t>(sizeof(FunctionHeader)) + header.code_bytes;
  if (header.has_loop_entries != 0) end -= 4 * (loop_entry_count(code.data()) + 1);
  for (uint32_t at = sizeof(FunctionHeader); at < end;) {
    const Found found = find(read_ref(code.data() + at));
    if (found.family == nullptr) return Error::of(ErrorCode::InvalidArgument, "no handler at ", at);
    line.clear();
    line.add("  ", at, ": ");
    add_name(line, found);
    at += Fields(code.data() + at, found).print(&line, at);
    line.add('\n');
    output.write(line.str());
  }
  if (header.has_handlers != 0)
    print_handlers(*reinterpret_cast<const HandlerTable*>(code.data() + HandlerTable::offset(header.code_bytes)), output);
  return {};
}

}  // namespace umber::interp
