#include "aot/compiler/compile.h"

#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/Support/raw_ostream.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "aot/compiler/codegen.h"
#include "aot/compiler/debug_addresses.h"
#include "aot/compiler/heap_allocator.h"
#include "aot/compiler/import_stubs.h"
#include "aot/compiler/link.h"
#include "aot/compiler/routine_stubs.h"
#include "aot/compiler/source_lines.h"
#include "aot/compiler/write_image.h"

namespace umber::aot {
namespace {

using Bytes = llvm::SmallVector<char, 0>;

/// Functions are compiled in parts of about this many bytes of Wasm: large enough for inlining between neighbours and to
/// pay for an LLVM module, small enough to spread over threads and to keep LLVM's super-linear passes cheap.
constexpr uint32_t kPartBytes = 64 * 1024;

struct Part {
  uint32_t first;
  uint32_t end;
};

std::vector<Part> split(const wasm::Module& module, bool into_one) {
  std::vector<Part> parts;
  const auto count = static_cast<uint32_t>(module.functions.size());
  uint32_t first = module.imported_functions;
  uint32_t bytes = 0;
  for (uint32_t func_idx = first; func_idx < count; ++func_idx) {
    bytes += module.functions[func_idx].body.size;
    if (into_one || bytes < kPartBytes) continue;
    parts.push_back({first, func_idx + 1});
    first = func_idx + 1;
    bytes = 0;
  }
  if (first < count || parts.empty()) parts.push_back({first, count});
  return parts;
}

ByteShuffle byte_shuffle_of(const llvm::TargetMachine& machine) {
  const llvm::Triple& triple = machine.getTargetTriple();
  if (triple.isAArch64()) return ByteShuffle::AArch64;
  const bool has = triple.getArch() == llvm::Triple::x86_64 && machine.getMCSubtargetInfo()->checkFeatures("+ssse3");
  return has ? ByteShuffle::X86 : ByteShuffle::None;
}

bool is_for_size(Optimization level) { return level == Optimization::Os || level == Optimization::Oz; }

/// One part on the calling thread, with an LLVM context of its own.
Status compile_part(const wasm::Module& module, const ModuleFacts& facts, const CompileOptions& options, const Part& part, Output output, Bytes& out) {
  std::string why;
  const std::unique_ptr<llvm::TargetMachine> machine = create_machine(options.target, options.optimization, why);
  if (machine == nullptr) return Error::of(ErrorCode::Unsupported, "no code generator for ", StringRef(options.target.triple), ": ", StringRef(why));
  HeapAllocator allocator;
  llvm::LLVMContext context;
  TranslateOptions translate = options.translate;
  translate.byte_shuffle = byte_shuffle_of(*machine);
  translate.debug = options.debug_file != nullptr;
  translate.known_callees = options.target.has_mmu && (options.optimization == Optimization::O2 || options.optimization == Optimization::O3);
  const bool is_small = is_for_size(options.optimization);
  ModuleTranslator translator(context, module, facts, translate, options.target.triple, machine->createDataLayout());
  UMBER_TRY(translator.translate(part.first, part.end, allocator));
  // A trap that has the budget to write back is more than a call.
  const bool call_checks = is_small && translate.bounds == BoundsChecks::Explicit && !translate.charges_budget() && has_check_routines(machine->getTargetTriple());
  optimize(translator.llvm(), *machine, options.optimization,
           {translate.bounds == BoundsChecks::Guard, translator.has_memory_hole(), !options.target.has_mmu, call_checks});
  if (output == Output::LlvmIr) {
    llvm::raw_svector_ostream stream(out);
    translator.llvm().print(stream, nullptr);
    return {};
  }
  return generate(translator.llvm(), *machine, output == Output::Assembly ? Emit::Assembly : Emit::Object, is_small, out);
}

/// All parts, over the threads; the first error by part number wins.
Result<std::vector<Bytes>> compile_parts(const wasm::Module& module, const ModuleFacts& facts, const CompileOptions& options, const std::vector<Part>& parts) {
  std::vector<Bytes> objects(parts.size());
  std::vector<std::optional<Error>> errors(parts.size());
  std::atomic<size_t> next{0};
  std::mutex progress_lock;
  uint32_t done = 0;
  const auto work = [&] {
    for (size_t i = next++; i < parts.size(); i = next++) {
      const Status status = compile_part(module, facts, options, parts[i], Output::Object, objects[i]);
      if (!status.ok()) errors[i] = status.error();
      const std::lock_guard lock(progress_lock);
      done += parts[i].end - parts[i].first;
      if (options.progress) options.progress(done, static_cast<uint32_t>(module.functions.size()) - module.imported_functions);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < options.threads && i < parts.size(); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  for (const std::optional<Error>& error : errors)
    if (error) return *error;
  return objects;
}

}  // namespace

Result<std::vector<uint8_t>> compile(const wasm::Module& module, const CompileOptions& asked, Output output) {
  CompileOptions options = asked;
  options.translate.small_code = is_for_size(options.optimization) && has_import_stubs(llvm::Triple(options.target.triple));
  const std::vector<Part> parts = split(module, output != Output::Image);
  HeapAllocator allocator;
  Result<ConstantTables> tables = find_constant_tables(module, allocator);
  if (!tables.ok()) return tables.error();
  Result<Throwing> throwing = find_throwing(module, allocator);
  if (!throwing.ok()) return throwing.error();
  KnownCallees callees(module, tables.value());
  const ModuleFacts facts{std::move(tables.value()), std::move(throwing.value()), std::move(callees)};
  if (output != Output::Image) {
    Bytes out;
    UMBER_TRY(compile_part(module, facts, options, parts[0], output, out));
    return std::vector<uint8_t>(out.begin(), out.end());
  }
  Result<std::vector<Bytes>> compiled = compile_parts(module, facts, options, parts);
  if (!compiled.ok()) return compiled.error();
  std::vector<Bytes> objects = std::move(compiled).value();
  if (const std::set<std::string> missing = undefined_symbols(objects); !missing.empty()) {
    Result<Bytes> stubs = make_routine_stubs(options.target, missing);
    if (!stubs.ok()) return stubs.error();
    objects.push_back(std::move(stubs).value());
  }
  Result<Blob> blob = link_blob(objects, options.debug_file != nullptr);
  if (!blob.ok()) return blob.error();
  if (options.debug_file != nullptr) {
    *options.debug_file = std::move(blob.value().elf);
    const std::vector<uint64_t> line_addresses = use_source_lines(module, *options.debug_file);
    append_addresses(*options.debug_file, line_addresses);
  }
  return write_image(module, options, facts.throwing, blob.value());
}

}  // namespace umber::aot
