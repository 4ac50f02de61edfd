#include "aot/compiler/routine_stubs.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ELFObjectFile.h>

#include <algorithm>
#include <map>
#include <span>

#include "aot/compiler/codegen.h"
#include "aot/compiler/import_stubs.h"
#include "aot/compiler/module_translator.h"
#include "aot/image/routines.h"
#include "runtime/native_abi.h"

namespace umber::aot {
namespace {

#define UMBER_ROUTINE_NAME(name) #name,
constexpr const char* kArmRoutines[] = {UMBER_ARM_LIBRARY_ROUTINES(UMBER_ROUTINE_NAME) UMBER_ROUNDING_ROUTINES(UMBER_ROUTINE_NAME)};
constexpr const char* kRiscVRoutines[] = {UMBER_RISCV_LIBRARY_ROUTINES(UMBER_ROUTINE_NAME, UMBER_ROUTINE_NAME) UMBER_ROUNDING_ROUTINES(UMBER_ROUTINE_NAME)};
#undef UMBER_ROUTINE_NAME

constexpr unsigned kPointerBytes = 4;

/// Jumps to entry `index` of the context's table; all argument registers stay as they are.
std::string jump_through_table(const llvm::Triple& triple, size_t index) {
  const std::string table = std::to_string(offset_of(ContextField::Routines, kPointerBytes));
  const std::string entry = std::to_string(index * kPointerBytes);
  const std::string base = context_register(triple).str();
  if (triple.isRISCV()) return "lw t1, " + table + "(" + base + ")\nlw t1, " + entry + "(t1)\njr t1\n";
  if (!is_thumb1(triple)) return "ldr ip, [" + base + ", #" + table + "]\nldr pc, [ip, #" + entry + "]\n";
  // Armv6-M loads only through r0 to r7, which hold arguments.
  return "push {r0, r1, r2}\nmov r0, " + base + "\nldr r0, [r0, #" + table + "]\nmovs r1, #" + std::to_string(index) +
         "\nlsls r1, r1, #2\nldr r0, [r0, r1]\nstr r0, [sp, #8]\npop {r0, r1, pc}\n";
}

std::string entry_of(const llvm::Triple& triple, const std::string& name) {
  const std::string thumb = triple.isThumb() ? ".thumb_func\n" : "";
  return ".globl " + name + "\n.hidden " + name + "\n.type " + name + ", %function\n" + thumb + name + ":\n";
}

std::string routine_stub(const llvm::Triple& triple, const std::string& name, size_t index) {
  return ".p2align 2\n" + entry_of(triple, name) + jump_through_table(triple, index);
}

constexpr llvm::StringRef kTrap = "trap";

/// Where all traps go on: NativeHelpers::trap (context, frame pointer, return address, kind), the kind already in its register. Nothing
/// that is overwritten is needed again.
std::string common_trap(const llvm::Triple& triple) {
  const unsigned pointer = triple.isArch64Bit() ? 8 : 4;
  const std::string helpers = std::to_string(offset_of(ContextField::Helpers, pointer));
  const std::string entry = std::to_string(static_cast<unsigned>(NativeHelper::trap) * pointer);
  switch (triple.getArch()) {
    case llvm::Triple::x86_64:
      return "movq %r13, %rdi\nmovq %rbp, %rsi\npopq %rcx\npopq %rdx\nandq $-16, %rsp\nmovq " + helpers + "(%r13), %rax\ncallq *" + entry + "(%rax)\n";
    case llvm::Triple::aarch64:
      return "mov x0, x20\nmov x1, x29\nmov x2, x30\nldr x16, [x20, #" + helpers + "]\nldr x16, [x16, #" + entry + "]\nbr x16\n";
    case llvm::Triple::riscv64:
      return "mv a1, s0\nmv a2, ra\nld t1, " + helpers + "(a0)\nld t1, " + entry + "(t1)\njr t1\n";
    case llvm::Triple::riscv32:
      return "mv a0, s11\nmv a1, s0\nmv a2, ra\nlw t1, " + helpers + "(a0)\nlw t1, " + entry + "(t1)\njr t1\n";
    default: return "mov r0, r9\nmov r1, r7\nmov r2, lr\nldr r4, [r0, #" + helpers + "]\nldr r4, [r4, #" + entry + "]\nbx r4\n";
  }
}

/// A trap's stub as other stubs name it: not a global symbol, so that jumps there are short.
std::string near_trap(TrapKind kind) { return ".L" + trap_symbol(kind); }

/// Stubs of a few bytes for the kinds that occur, in front of what they share.
std::string trap_stubs(const llvm::Triple& triple, const std::set<unsigned>& kinds) {
  if (kinds.empty()) return "";
  std::string assembly;
  for (const unsigned kind : kinds) {
    const std::string value = std::to_string(kind);
    assembly += entry_of(triple, kTrap.str() + value) + near_trap(static_cast<TrapKind>(kind)) + ":\n";
    if (triple.isX86()) assembly += "pushq $" + value + "\njmp common\n";
    else if (triple.isAArch64()) assembly += "mov w3, #" + value + "\nb common\n";
    else if (triple.isRISCV()) assembly += "li a3, " + value + "\nj common\n";
    else assembly += "movs r3, #" + value + "\nb common\n";
  }
  return assembly + "common:\n" + common_trap(triple);
}

constexpr llvm::StringRef kCheck = "check";

/// Splits what check_symbol and a register's name made; false for other symbols.
bool check_of(llvm::StringRef symbol, unsigned& last, llvm::StringRef& index) {
  if (!symbol.consume_front(kCheck) || symbol.consumeInteger(10, last) || !symbol.consume_front("_")) return false;
  index = symbol;
  return true;
}

/// How a routine begins; what is the register's, not the distance's, is shared.
std::string check_stub(const llvm::Triple& triple, const std::string& symbol, unsigned last, const std::string& index) {
  const std::string size = std::to_string(offset_of(ContextField::Memory0Size, kPointerBytes));
  const std::string distance = std::to_string(last);
  const bool is_riscv = triple.isRISCV();
  std::string text = entry_of(triple, symbol) + (is_riscv ? "lw t1, " + size + "(s11)\n" : "ldr r12, [r9, #" + size + "]\n");
  if (last != 0) text += is_riscv ? "addi t1, t1, -" + distance + "\n" : "sub r12, #" + distance + "\n";
  if (is_riscv) return text + "bgeu " + index + ", t1, beyond\njr t0\n";
  return text + "b .Lcheck_" + index + "\n";
}

std::string check_end(const std::string& index) { return ".Lcheck_" + index + ":\ncmp " + index + ", r12\nbhs beyond\nbx lr\n"; }

/// The stubs of the checks, with where they trap in the middle, so that most branches there are short.
std::string check_stubs(const llvm::Triple& triple, const std::vector<std::string>& stubs) {
  if (stubs.empty()) return "";
  const std::string trap = near_trap(TrapKind::MemoryOutOfBounds);
  std::string assembly;
  for (size_t i = 0; i < stubs.size(); ++i) {
    if (i == stubs.size() / 2) assembly += triple.isRISCV() ? "beyond:\nmv ra, t0\nj " + trap + "\n" : "beyond:\nb " + trap + "\n";
    assembly += stubs[i];
  }
  return assembly;
}

std::string stack_check_stub(const llvm::Triple& triple) {
  const unsigned pointer = triple.isArch64Bit() ? 8 : 4;
  const std::string limit = std::to_string(offset_of(ContextField::NativeStackEnd, pointer));
  const std::string trap = near_trap(TrapKind::StackOverflow);
  const std::string text = entry_of(triple, kStackCheck.str());
  if (triple.isX86()) return text + "cmpq " + limit + "(%r13), %rbp\njb " + trap + "\nretq\n";
  if (triple.isRISCV()) return text + "lw t1, " + limit + "(s11)\nbltu s0, t1, low\njr t0\nlow:\nmv ra, t0\nj " + trap + "\n";
  const std::string load = is_thumb1(triple) ? "push {r0}\nmov r0, r9\nldr r0, [r0, #" + limit + "]\nmov r12, r0\npop {r0}\n" : "ldr r12, [r9, #" + limit + "]\n";
  return text + load + "cmp r7, r12\nblo low\nbx lr\nlow:\nb " + trap + "\n";
}

constexpr llvm::StringRef kTableCall = "call_table";
/// A number that every Thumb-2 comparison holds.
constexpr unsigned long kMaxCompared = 255;
constexpr TrapKind kTableCallTraps[] = {TrapKind::UndefinedElement, TrapKind::UninitializedElement, TrapKind::IndirectCallTypeMismatch};

/// What the routines for all types of a table share: their symbol less the type; empty for other symbols.
std::string shared_table_call(llvm::StringRef symbol) { return symbol.starts_with(kTableCall) ? symbol.rsplit('_').first.str() : ""; }

/// An element is its type and the distance from the table to its code; a null's type is kNoIndex.
std::string common_table_call(const llvm::Triple& triple, const std::string& table, const std::string& size) {
  const std::string undefined = near_trap(kTableCallTraps[0]);
  const std::string uninitialized = near_trap(kTableCallTraps[1]);
  const std::string mismatch = near_trap(kTableCallTraps[2]);
  if (triple.isX86())
    return "cmpl $" + size + ", %r10d\njae " + undefined + "\nleaq " + table + "(%rip), %r11\ncmpl %eax, (%r11,%r10,8)\njne 1f\n"
           "movslq 4(%r11,%r10,8), %rax\naddq %r11, %rax\njmpq *%rax\n1: cmpl $-1, (%r11,%r10,8)\nje " + uninitialized + "\njmp " + mismatch + "\n";
  if (triple.isRISCV())
    return "li t3, " + size + "\nbgeu t2, t3, 1f\nlla t3, " + table + "\nslli t2, t2, 3\nadd t2, t2, t3\nlw t4, 0(t2)\nbne t4, t1, 2f\nlw t4, 4(t2)\n"
           "add t4, t4, t3\njr t4\n1: j " + undefined + "\n2: li t3, -1\nbeq t4, t3, 3f\nj " + mismatch + "\n3: j " + uninitialized + "\n";
  const std::string traps = "1: b " + undefined + "\n2: adds r2, r2, #1\nbeq 3f\nb " + mismatch + "\n3: b " + uninitialized + "\n.p2align 2\n6: .long " + table + " - (7b + 4)\n" +
                            (std::stoul(size) <= kMaxCompared && !is_thumb1(triple) ? "" : "5: .long " + size + "\n");
  if (is_thumb1(triple))
    return "ldr r1, 5f\ncmp r12, r1\nbhs 1f\nldr r3, 6f\n7: add r3, pc\nmov r1, r12\nlsls r1, r1, #3\nadds r1, r1, r3\nldr r2, [r1]\ncmp r2, r0\nbne 2f\n"
           "ldr r1, [r1, #4]\nadds r1, r1, r3\nmov r12, r1\npop {r0, r1, r2, r3}\nbx r12\n" + traps;
  const std::string compare = std::stoul(size) <= kMaxCompared ? "cmp r12, #" + size + "\n" : "ldr r1, 5f\ncmp r12, r1\n";
  return compare + "bhs 1f\nldr r1, 6f\n7: add r1, pc\nadd r12, r1, r12, lsl #3\nldr r2, [r12]\ncmp r2, r0\nbne 2f\nldr r2, [r12, #4]\n"
         "add r12, r1, r2\npop {r0, r1, r2}\nbx r12\n" + traps;
}

std::string table_call_stubs(const llvm::Triple& triple, const std::string& shared, const std::vector<std::string>& symbols) {
  const auto [table, size] = llvm::StringRef(shared).drop_front(kTableCall.size()).split('_');
  std::string assembly = triple.isThumb() ? ".p2align 2\n" : "";
  for (const std::string& symbol : symbols) {
    const std::string type = llvm::StringRef(symbol).rsplit('_').second.str();
    assembly += entry_of(triple, symbol);
    if (triple.isX86()) assembly += "movl $" + type + ", %eax\njmp " + shared + "\n";
    else if (triple.isRISCV()) assembly += "li t1, " + type + "\nj " + shared + "\n";
    else assembly += std::string(is_thumb1(triple) ? "push {r0, r1, r2, r3}" : "push {r0, r1, r2}") + "\nmovs r0, #" + type + "\nb " + shared + "\n";
  }
  return assembly + shared + ":\n" + common_table_call(triple, "table" + table.str(), size.str());
}

/// The kind of a trap's symbol; false for other symbols.
bool trap_kind_of(llvm::StringRef symbol, unsigned& kind) { return symbol.consume_front(kTrap) && !symbol.getAsInteger(10, kind); }

}  // namespace

llvm::StringRef context_register(const llvm::Triple& triple) {
  if (triple.isARM() || triple.isThumb()) return "r9";
  return triple.isRISCV32() ? "s11" : "";
}

bool is_thumb1(const llvm::Triple& triple) {
  return triple.getSubArch() == llvm::Triple::ARMSubArch_v6m || triple.getSubArch() == llvm::Triple::ARMSubArch_v8m_baseline;
}

std::string table_call_symbol(uint32_t table, uint32_t type, uint32_t size) {
  return kTableCall.str() + std::to_string(table) + "_" + std::to_string(size) + "_" + std::to_string(type);
}

std::string trap_symbol(TrapKind kind) { return kTrap.str() + std::to_string(static_cast<unsigned>(kind)); }

bool has_check_routines(const llvm::Triple& triple) {
  return triple.isRISCV32() || (triple.isThumb() && !is_thumb1(triple));
}

std::string check_symbol(uint64_t last) { return kCheck.str() + std::to_string(last) + "_"; }

std::set<std::string> undefined_symbols(const std::vector<llvm::SmallVector<char, 0>>& objects) {
  std::set<std::string> used;
  std::set<std::string> defined;
  for (const llvm::SmallVector<char, 0>& bytes : objects) {
    auto object = llvm::object::ObjectFile::createELFObjectFile({{bytes.data(), bytes.size()}, "object"});
    if (!object) {
      llvm::consumeError(object.takeError());
      continue;
    }
    for (const llvm::object::SymbolRef& symbol : (*object)->symbols()) {
      const uint32_t flags = llvm::cantFail(symbol.getFlags());
      std::string name = llvm::cantFail(symbol.getName()).str();
      if (name.empty()) continue;
      ((flags & llvm::object::BasicSymbolRef::SF_Undefined) != 0 ? used : defined).insert(std::move(name));
    }
  }
  std::set<std::string> undefined;
  std::set_difference(used.begin(), used.end(), defined.begin(), defined.end(), std::inserter(undefined, undefined.end()));
  return undefined;
}

Result<llvm::SmallVector<char, 0>> make_routine_stubs(const Target& target, const std::set<std::string>& symbols) {
  const llvm::Triple triple(target.triple);
  std::span<const char* const> routines;
  if (!context_register(triple).empty()) {
    routines = triple.isRISCV() ? std::span<const char* const>(kRiscVRoutines) : std::span<const char* const>(kArmRoutines);
  }
  std::string assembly = std::string(".section ") + kThunkSection + ",\"ax\",%progbits\n";
  if (triple.isThumb()) assembly = ".syntax unified\n" + assembly + ".thumb\n";
  std::set<unsigned> traps;
  std::vector<uint32_t> imports;
  std::vector<std::string> checks;
  std::set<std::string> check_registers;
  std::map<std::string, std::vector<std::string>> calls;  // the routines' symbols by what they share
  for (const std::string& symbol : symbols) {
    unsigned kind = 0;
    if (trap_kind_of(symbol, kind)) {
      traps.insert(kind);
      continue;
    }
    if (const std::optional<uint32_t> import = import_of(symbol)) {
      imports.push_back(*import);
      continue;
    }
    if (symbol == kStackCheck) {
      assembly += stack_check_stub(triple);
      traps.insert(static_cast<unsigned>(TrapKind::StackOverflow));
      continue;
    }
    if (const std::string shared = shared_table_call(symbol); !shared.empty()) {
      calls[shared].push_back(symbol);
      for (const TrapKind trap : kTableCallTraps) traps.insert(static_cast<unsigned>(trap));
      continue;
    }
    unsigned last = 0;
    if (llvm::StringRef index; check_of(symbol, last, index)) {
      checks.push_back(check_stub(triple, symbol, last, index.str()));
      check_registers.insert(index.str());
      continue;
    }
    const auto found = std::find(routines.begin(), routines.end(), symbol);
    if (found == routines.end()) return Error::of(ErrorCode::Unsupported, "code for this target needs the routine ", StringRef(symbol), ", which runtimes don't offer");
    assembly += routine_stub(triple, symbol, static_cast<size_t>(found - routines.begin()));
  }
  if (triple.isThumb())
    for (const std::string& index : check_registers) checks.insert(checks.begin() + static_cast<ptrdiff_t>(checks.size() / 2), check_end(index));
  if (!checks.empty()) traps.insert(static_cast<unsigned>(TrapKind::MemoryOutOfBounds));
  for (const auto& [shared, symbols_of] : calls) assembly += table_call_stubs(triple, shared, symbols_of);
  assembly += import_stubs(triple, imports, entry_of) + check_stubs(triple, checks) + trap_stubs(triple, traps);
  std::string why;
  const std::unique_ptr<llvm::TargetMachine> machine = create_machine(target, Optimization::O0, why);
  if (machine == nullptr) return Error::of(ErrorCode::Unsupported, "no code generator for ", StringRef(target.triple), ": ", StringRef(why));
  llvm::LLVMContext context;
  llvm::Module module("routines", context);
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine->createDataLayout());
  module.setModuleInlineAsm(assembly);
  llvm::SmallVector<char, 0> object;
  UMBER_TRY(generate(module, *machine, Emit::Object, false, object));
  return object;
}

}  // namespace umber::aot
