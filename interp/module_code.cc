#include "interp/module_code.h"

#include <cstring>

#include "decoder/ir/build.h"

namespace umber::interp {

namespace {

/// Where functions without code point.
constexpr FunctionHeader kNoCode = {kNotEncoded, 0, 0, 0, 0, 0, 0, 0};

constexpr size_t kCodeBlock = 64 * 1024;

}  // namespace

struct ModuleCode::Workshop {
  Workshop(const wasm::Module& module, Allocator& allocator) : builder(module, allocator), encoder(allocator) {}
  ir::FunctionBuilder builder;
  Encoder encoder;
};

ModuleCode::ModuleCode(const wasm::Module& module, EncodeOptions options, Allocator& allocator, Scheduler* scheduler)
    : module_(module), options_(options), allocator_(allocator), code_arena_(allocator, kCodeBlock), scheduler_(scheduler) {}

ModuleCode::~ModuleCode() {
  trim();
  if (table_ != nullptr) allocator_.release(table_, module_.functions.size() * sizeof(void*), alignof(void*));
  if (lock_ != nullptr) scheduler_->destroy_monitor(lock_);
}

Status ModuleCode::init() {
  if (scheduler_ != nullptr && (lock_ = scheduler_->create_monitor()) == nullptr) return Error::out_of_memory("a lock");
  const size_t count = module_.functions.size();
  if (count == 0) return {};
  table_ = static_cast<const void**>(allocator_.allocate(count * sizeof(void*), alignof(void*)));
  if (table_ == nullptr) return Error::out_of_memory("the table of encoded functions");
  for (size_t i = 0; i < count; ++i) table_[i] = i < module_.imported_functions ? nullptr : &kNoCode;
  return {};
}

void ModuleCode::trim() {
  allocator_.destroy(workshop_);
  workshop_ = nullptr;
}

ModuleCode::Workshop* ModuleCode::workshop() {
  if (workshop_ == nullptr) workshop_ = allocator_.create<Workshop>(module_, allocator_);
  return workshop_;
}

Status ModuleCode::encode(uint32_t func_idx) {
  const Locked locked(lock_);
  if (table_[func_idx] != &kNoCode) return {};
  return encode_locked(func_idx);
}

Status ModuleCode::encode_locked(uint32_t func_idx) {
  Workshop* shop = workshop();
  if (shop == nullptr) return Error::out_of_memory("encoding a function");
  const Result<ir::Function> function = shop->builder.build(func_idx);
  if (!function.ok()) return function.error();
  const Result<std::span<const Code>> code = shop->encoder.encode(function.value(), options_);
  if (!code.ok()) return code.error();
  Code* memory = allocate_code(code.value().size());
  if (memory == nullptr) return Error::out_of_memory("a function's code");
  std::memcpy(memory, code.value().data(), code.value().size());
  code_bytes_.fetch_add(code.value().size(), std::memory_order_relaxed);
  __atomic_store_n(&table_[func_idx], static_cast<const void*>(memory), __ATOMIC_RELEASE);
  return {};
}

Code* ModuleCode::allocate_code(size_t bytes) { return static_cast<Code*>(code_arena_.allocate(bytes, 8)); }

Status ModuleCode::encode_all() {
  const Locked locked(lock_);
  for (uint32_t i = module_.imported_functions; i < module_.functions.size(); ++i)
    if (table_[i] == &kNoCode) UMBER_TRY(encode_locked(i));
  trim();
  return {};
}

const Code* ModuleCode::find(const Code* pc) const {
  for (size_t i = module_.imported_functions; i < module_.functions.size(); ++i) {
    const auto* code = static_cast<const Code*>(__atomic_load_n(&table_[i], __ATOMIC_ACQUIRE));
    if (pc >= code && pc <= code + sizeof(FunctionHeader) + header_of(code).code_bytes && code != nullptr &&
        header_of(code).frame_bytes != kNotEncoded)
      return code;
  }
  return nullptr;
}

uint32_t ModuleCode::offset_at(uint32_t func_idx, uint32_t position) {
  const Locked locked(lock_);
  const uint32_t whole = module_.functions[func_idx].body.offset;
  Workshop* shop = workshop();
  if (shop == nullptr) return whole;
  const Result<ir::Function> function = shop->builder.build(func_idx);
  if (!function.ok()) return whole;
  const uint32_t offset = shop->encoder.offset_at(function.value(), options_, position);
  return offset == 0 ? whole : offset;
}

}  // namespace umber::interp
