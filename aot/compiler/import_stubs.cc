#include "aot/compiler/import_stubs.h"

#include "aot/compiler/routine_stubs.h"
#include "runtime/native_abi.h"

namespace umber::aot {
namespace {

constexpr llvm::StringRef kImport = "import";
/// What the smallest processors move into a register in one instruction.
constexpr uint32_t kMaxImport = 255;

bool is_word(wasm::ValType type, unsigned pointer_bytes) { return pointer_bytes == 8 || type == wasm::ValType::I32 || type == wasm::ValType::F32; }

std::string number(uint32_t value) { return std::to_string(value); }

/// A stub of its own for each import leaves its index where arguments are not.
std::string index_of(const llvm::Triple& triple, uint32_t import) {
  const std::string index = number(import);
  if (triple.isX86()) return "pushq $" + index + "\njmp call_import\n";
  if (triple.isRISCV()) return "li t1, " + index + "\nj call_import\n";
  return "push {r0, r1, r2, r3}\nmovs r0, #" + index + "\nb call_import\n";
}

/// What they share: the way to NativeHelpers::call_import, which takes arguments and place as they are.
std::string common_call(const llvm::Triple& triple) {
  const unsigned pointer = triple.isArch64Bit() ? 8 : 4;
  const std::string helpers = number(offset_of(ContextField::Helpers, pointer));
  const std::string entry = number(static_cast<unsigned>(NativeHelper::call_import) * pointer);
  if (triple.isX86()) return "movq " + helpers + "(%r13), %rax\njmpq *" + entry + "(%rax)\n";
  if (triple.isRISCV()) return "lw t2, " + helpers + "(s11)\nlw t2, " + entry + "(t2)\njr t2\n";
  if (is_thumb1(triple)) return "mov r1, r9\nldr r1, [r1, #" + helpers + "]\nmovs r2, #" + entry + "\nldr r1, [r1, r2]\nbx r1\n";
  return "ldr r12, [r9, #" + helpers + "]\nldr pc, [r12, #" + entry + "]\n";
}

}  // namespace

bool has_import_stubs(const llvm::Triple& triple) { return triple.getArch() == llvm::Triple::x86_64 || triple.isThumb() || triple.isRISCV32(); }

bool has_import_stub(const wasm::Module& module, uint32_t func_idx, unsigned pointer_bytes) {
  const wasm::FuncType& type = module.func_type(func_idx);
  if (func_idx > kMaxImport || type.results.size() > 1) return false;
  uint32_t words = 0;
  for (const wasm::ValType param : type.params) {
    if (param.is_vector()) return false;
    words += is_word(param, pointer_bytes) ? 1 : 2;
    if (words > kImportWords) return false;
  }
  return type.results.empty() || !type.results[0].is_vector();
}

std::vector<llvm::Value*> words_of(llvm::IRBuilder<>& builder, std::span<llvm::Value* const> values, unsigned pointer_bytes) {
  std::vector<llvm::Value*> words;
  for (llvm::Value* value : values) {
    const unsigned bits = value->getType()->getPrimitiveSizeInBits();
    llvm::Value* integer = builder.CreateBitCast(value, builder.getIntNTy(bits));
    if (bits <= pointer_bytes * 8) {
      words.push_back(integer);
      continue;
    }
    words.push_back(builder.CreateTrunc(integer, builder.getInt32Ty()));
    words.push_back(builder.CreateTrunc(builder.CreateLShr(integer, 32), builder.getInt32Ty()));
  }
  return words;
}

std::string import_symbol(uint32_t func_idx) { return kImport.str() + number(func_idx); }

std::optional<uint32_t> import_of(llvm::StringRef symbol) {
  uint32_t import = 0;
  if (!symbol.consume_front(kImport) || symbol.getAsInteger(10, import)) return std::nullopt;
  return import;
}

std::string import_stubs(const llvm::Triple& triple, const std::vector<uint32_t>& imports, std::string (*begin)(const llvm::Triple&, const std::string&)) {
  if (imports.empty()) return "";
  std::string assembly;
  for (const uint32_t import : imports) assembly += begin(triple, import_symbol(import)) + index_of(triple, import);
  return assembly + "call_import:\n" + common_call(triple);
}

}  // namespace umber::aot
