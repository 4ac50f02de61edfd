#include "decoder/disasm/print_wasm.h"

#include "decoder/disasm/instruction_text.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

constexpr size_t kOffsetColumn = 56;
constexpr uint32_t kMaxIndent = 40;  ///< levels: deeper nesting is not shown, or the output would be quadratic

class FunctionPrinter {
 public:
  FunctionPrinter(const Module& module, uint32_t func_idx, TextOutput& output, WasmPrintOptions options)
      : module_(module), func_idx_(func_idx), out_(output), options_(options) {}

  void print();

 private:
  void print_header();
  void print_locals(WasmReader& reader);
  void print_code(std::span<const uint8_t> bytes, uint64_t offset);
  void print_instruction(const InstructionReader& reader);
  void print_failure(const ReadFailure& failure);
  void indent();

  const Module& module_;
  uint32_t func_idx_;
  TextWriter out_;
  WasmPrintOptions options_;
  uint32_t depth_ = 1;
};

void FunctionPrinter::indent() {
  for (uint32_t i = 0; i < depth_ && i < kMaxIndent; ++i) out_.add("  ");
}

void FunctionPrinter::print() {
  print_header();
  if (module_.is_imported_func(func_idx_)) {
    out_.add(" (; imported ;))");
    out_.newline();
    return;
  }
  out_.newline();
  const ByteRange body = module_.functions[func_idx_].body;
  WasmReader reader(module_.slice(body), body.offset, module_.features);
  print_locals(reader);
  const uint64_t read = reader.offset() - body.offset;
  print_code(module_.slice(body).subspan(read), reader.offset());
  out_.add(")");
  out_.newline();
}

void FunctionPrinter::print_header() {
  const uint32_t type_idx = module_.function_types[func_idx_];
  out_.add("(func (;", func_idx_, ";)");
  const StringRef name = module_.function_name(func_idx_);
  if (!name.empty()) out_.add(" (; ", Quoted{name}, " ;)");
  out_.add(" (type ", type_idx, ")");
  if (type_idx < module_.types.size()) add_func_type(out_, module_.func_type(func_idx_));
}

void FunctionPrinter::print_locals(WasmReader& reader) {
  uint32_t groups = 0;
  if (!reader.read_u32(groups)) return print_failure(reader.failure());
  uint32_t printed = 0;
  for (; groups > 0; --groups) {
    uint32_t count = 0;
    ValType type;
    if (!reader.read_u32(count) || !reader.read_val_type(type)) return print_failure(reader.failure());
    if (count == 0) continue;
    indent();
    out_.add("(local");
    for (; count > 0 && printed < kMaxLocals; --count, ++printed) out_.add(" ", text_of(type));
    if (count > 0) out_.add(" (; and ", count, " more ;)");
    out_.add(")");
    out_.newline();
  }
}

void FunctionPrinter::print_code(std::span<const uint8_t> bytes, uint64_t offset) {
  InstructionReader reader(bytes, offset, module_.features);
  while (reader.next()) {
    const bool is_last = reader.op() == Op::End && reader.end_offset() == offset + bytes.size();
    if (!is_last) print_instruction(reader);
  }
  if (reader.failed()) print_failure(reader.failure());
}

void FunctionPrinter::print_instruction(const InstructionReader& reader) {
  using enum Op;
  const Op op = reader.op();
  const bool closes = op == End || op == Delegate;
  const bool divides = op == Else || op == Catch || op == CatchAll;
  const bool opens = op == Block || op == Loop || op == If || op == Try || op == TryTable;
  if ((closes || divides) && depth_ > 1) --depth_;
  indent();
  add_instruction(out_, op, reader.immediates(), module_.features);
  if (opens || divides) ++depth_;
  if (options_.offsets) {
    out_.pad_to(kOffsetColumn);
    out_.add(";; @", Hex{reader.offset()});
  }
  out_.newline();
}

void FunctionPrinter::print_failure(const ReadFailure& failure) {
  out_.add("  ;; ", Hex{failure.offset}, ": ", failure.phrase);
  out_.newline();
}

}  // namespace

void print_wasm(const Module& module, uint32_t func_idx, TextOutput& output, WasmPrintOptions options) {
  FunctionPrinter(module, func_idx, output, options).print();
}

}  // namespace umber::wasm
