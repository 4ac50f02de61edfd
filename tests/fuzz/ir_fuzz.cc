// Bytes that may be anything, decoded, validated, built and printed. Whatever builds must pass the verifier; and validation
// must not depend on whether IR is built.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "decoder/disasm/print_wasm.h"
#include "decoder/ir/build.h"
#include "decoder/ir/print.h"
#include "decoder/ir/verify.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"

namespace {

using namespace umber;

class HeapAllocator final : public Allocator {
 public:
  void* allocate(size_t size, size_t) override { return std::malloc(size); }
  void release(void* memory, size_t, size_t) override { std::free(memory); }
};

class NullOutput final : public TextOutput {
 public:
  void write(StringRef) override {}
};

void require(bool condition, const Error& error) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", error.message().c_str());
  std::abort();
}

void build_one(const wasm::Module& module, uint32_t func_idx, ir::FunctionBuilder& builder, Allocator& allocator) {
  const Status valid = wasm::validate_function(module, func_idx, allocator);
  Result<ir::Function> function = builder.build(func_idx);
  if (!function.ok()) return require(!valid.ok() || function.error().code() == ErrorCode::LimitReached, function.error());
  require(valid.ok(), valid.error());
  const Status sound = ir::verify(*function, allocator);
  require(sound.ok(), sound.error());
  NullOutput output;
  ir::print(*function, output);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  HeapAllocator allocator;
  wasm::Module module(allocator);
  if (!wasm::parse(std::span(data, size), wasm::Features::all(), module).ok()) return 0;
  NullOutput output;
  wasm::print_sections(module, output);
  for (uint32_t i = 0; i < module.functions.size() && i < 64; ++i) wasm::print_wasm(module, i, output);
  if (!wasm::validate_declarations(module, allocator).ok()) return 0;
  ir::FunctionBuilder builder(module, allocator);
  for (uint32_t i = module.imported_functions; i < module.functions.size(); ++i) build_one(module, i, builder, allocator);
  return 0;
}
