// Bytes that may be anything: parse and validate with a bounded amount of memory, then ask the module for names.
// Only crashes, leaks and hangs count.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"

namespace {

using namespace umber;

/// The C heap, up to a budget; what is left at the end must be all of it.
class BoundedAllocator final : public Allocator {
 public:
  explicit BoundedAllocator(size_t budget) : budget_(budget), left_(budget) {}
  ~BoundedAllocator() {
    if (left_ != budget_) std::abort();
  }
  void* allocate(size_t size, size_t /*alignment*/) override {
    if (size > left_) return nullptr;
    left_ -= size;
    return std::malloc(size);
  }
  void release(void* memory, size_t size, size_t /*alignment*/) override {
    if (memory == nullptr) return;
    left_ += size;
    std::free(memory);
  }

 private:
  const size_t budget_;
  size_t left_;
};

void decode(std::span<const uint8_t> bytes, size_t budget) {
  BoundedAllocator allocator(budget);
  wasm::Module module(allocator);
  Status status = wasm::parse(bytes, wasm::Features::all(), module);
  if (status.ok()) {
    (void)module.find_export("_start");
    for (uint32_t i = 0; i < module.functions.size() && i < 8; ++i) (void)module.function_name(i);
    status = wasm::validate(module, allocator);
  }
  if (!status.ok() && status.error().text().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  decode({data, size}, 64 << 20);
  decode({data, size}, 24 * 1024);
  return 0;
}
