#include "interp/module_code.h"

#include <algorithm>
#include <cstring>

#include "decoder/ir/build.h"

namespace umber::interp {

namespace {

/// Where functions without code point.
constexpr FunctionHeader kNoCode = {kNotEncoded, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

/// Bytes that a module takes at a time for code; a small machine's heap has no room for generosity.
constexpr size_t kCodeBlock = sizeof(void*) == 8 ? 64 * 1024 : 2 * 1024;

/// For much code at once: memory of this size and alignment may lie on a single page, which costs one fault instead of 512.
constexpr size_t kLargeBlock = 2 * 1024 * 1024;
/// Code is at least so much larger than the bodies that it comes from.
constexpr size_t kLeastGrowth = 2;

constexpr unsigned kMaxTasks = 16;
/// Bytes of function bodies that are worth a task.
constexpr size_t kTaskBytes = 256 * 1024;

}  // namespace

struct ModuleCode::Workshop {
  Workshop(const wasm::Module& module, Allocator& allocator) : builder(module, allocator), encoder(allocator) {}
  ir::FunctionBuilder builder;
  Encoder encoder;
};

/// All functions of a module, to be encoded by several tasks.
struct ModuleCode::Batch {
  ModuleCode& code;
  std::atomic<uint32_t> next;        ///< function, handed out in ascending order
  uint32_t failed = wasm::kNoIndex;  ///< the first function with an error; like `status` under the lock
  Status status = {};
};

ModuleCode::ModuleCode(const wasm::Module& module, EncodeOptions options, Allocator& allocator, Scheduler* scheduler,
                       bool keeps_workshop)
    : module_(module), options_(options), allocator_(allocator), code_arena_(allocator, kCodeBlock), large_blocks_(allocator),
      scheduler_(scheduler), keeps_workshop_(keeps_workshop), encoded_(allocator), runs_(allocator) {}

ModuleCode::~ModuleCode() {
  trim();
  for (Code* block : large_blocks_) allocator_.release(block, kLargeBlock, kLargeBlock);
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
  Workshop* shop = workshop();
  if (shop == nullptr) return Error::out_of_memory("encoding a function");
  const Status status = encode_with(*shop, func_idx, first_version());
  if (!keeps_workshop_) trim();
  return status;
}

const Code* ModuleCode::successor(uint32_t func_idx) {
  const auto current = [&] { return static_cast<const Code*>(__atomic_load_n(&table_[func_idx], __ATOMIC_ACQUIRE)); };
  if (header_of(current()).is_draft == 0) return current();
  const Locked locked(lock_);
  if (header_of(current()).is_draft == 0) return current();
  Workshop* shop = workshop();
  const bool ok = shop != nullptr && encode_with(*shop, func_idx, Version::Successor).ok();
  if (!keeps_workshop_) trim();
  return ok ? current() : nullptr;
}

Status ModuleCode::encode_with(Workshop& shop, uint32_t func_idx, Version version) {
  const Result<std::span<const Code>> code = translate(shop, func_idx, version);
  if (!code.ok()) return code.error();
  Code* const memory = reserve(code.value().size(), 0);
  if (memory == nullptr) return Error::out_of_memory("a function's code");
  publish(func_idx, code.value(), memory);
  return {};
}

Result<std::span<const Code>> ModuleCode::translate(Workshop& shop, uint32_t func_idx, Version version) const {
  const Result<ir::Function> function = shop.builder.build(func_idx);
  if (!function.ok()) return function.error();
  return shop.encoder.encode(function.value(), options_.with(version));
}

Code* ModuleCode::reserve(size_t bytes, size_t more) {
  Code* memory = reserve_large(bytes, more);
  if (memory == nullptr) memory = static_cast<Code*>(code_arena_.allocate(bytes, 8));
  return memory != nullptr && index_code(memory, bytes) ? memory : nullptr;
}

/// From a large block. Null if there is none with room and the end is too near for another.
Code* ModuleCode::reserve_large(size_t bytes, size_t more) {
  const size_t length = (bytes + 7) & ~size_t{7};
  if (large_blocks_.empty() || length > kLargeBlock - large_used_) {
    if (more < 2 * kLargeBlock || length > kLargeBlock / 8) return nullptr;
    auto* block = static_cast<Code*>(allocator_.allocate(kLargeBlock, kLargeBlock));
    if (block == nullptr) return nullptr;
    if (!large_blocks_.push(block)) {
      allocator_.release(block, kLargeBlock, kLargeBlock);
      return nullptr;
    }
    large_used_ = 0;
  }
  Code* const memory = large_blocks_.back() + large_used_;
  large_used_ += length;
  return memory;
}

void ModuleCode::publish(uint32_t func_idx, std::span<const Code> code, Code* memory) {
  std::memcpy(memory, code.data(), code.size());
  code_bytes_.fetch_add(code.size(), std::memory_order_relaxed);
  __atomic_store_n(&table_[func_idx], static_cast<const void*>(memory), __ATOMIC_RELEASE);
}

/// One function of a batch, by a task with its own workshop. The copy, which touches fresh memory, needs no lock.
Status ModuleCode::encode_in_batch(Workshop& shop, uint32_t func_idx) {
  if (__atomic_load_n(&table_[func_idx], __ATOMIC_RELAXED) != &kNoCode) return {};  // of an instance before this one
  const Result<std::span<const Code>> code = translate(shop, func_idx, first_version());
  if (!code.ok()) return code.error();
  Code* memory = nullptr;
  {
    const Locked locked(lock_);
    if (table_[func_idx] != &kNoCode) return {};
    const size_t bodies_to_come = module_.bytes.size() - module_.functions[func_idx].body.offset;
    memory = reserve(code.value().size(), sizeof(void*) == 8 ? bodies_to_come * kLeastGrowth : 0);
  }
  if (memory == nullptr) return Error::out_of_memory("a function's code");
  publish(func_idx, code.value(), memory);
  return {};
}

/// The body of a task: one function after the other until none is left or one is wrong.
void ModuleCode::encode_batch(void* state) {
  auto& batch = *static_cast<Batch*>(state);
  ModuleCode& self = batch.code;
  const auto count = static_cast<uint32_t>(self.module_.functions.size());
  auto* shop = self.allocator_.create<Workshop>(self.module_, self.allocator_);
  while (true) {
    const uint32_t idx = batch.next.fetch_add(1, std::memory_order_relaxed);
    if (idx >= count) break;
    const Status status = shop == nullptr ? Error::out_of_memory("encoding a function") : self.encode_in_batch(*shop, idx);
    if (status.ok()) continue;
    const Locked locked(self.lock_);
    if (idx < batch.failed) {
      batch.failed = idx;
      batch.status = status;
    }
    batch.next.store(count, std::memory_order_relaxed);
    break;
  }
  self.allocator_.destroy(shop);
}

unsigned ModuleCode::useful_tasks(unsigned wanted) const {
  if (scheduler_ == nullptr || module_.functions.size() == module_.imported_functions) return 1;
  const auto& bodies = module_.functions;
  const wasm::ByteRange end = bodies[bodies.size() - 1].body;
  const size_t bytes = end.offset + size_t{end.size} - bodies[module_.imported_functions].body.offset;
  return static_cast<unsigned>(std::min<size_t>({wanted, kMaxTasks, bytes / kTaskBytes + 1}));
}

Status ModuleCode::encode_all(unsigned tasks) {
  Batch batch = {*this, module_.imported_functions};
  const TaskConfig config = {.name = "umber-encode", .native_stack_bytes = 0};
  Scheduler::Task* started[kMaxTasks];
  unsigned count = 0;
  for (unsigned wanted = useful_tasks(tasks); count + 1 < wanted; ++count)
    if ((started[count] = scheduler_->start(config, &encode_batch, &batch)) == nullptr) break;
  encode_batch(&batch);
  while (count > 0) scheduler_->join(started[--count]);
  return batch.status;
}

bool ModuleCode::index_code(const Code* code, size_t bytes) {
  const size_t length = (bytes + 7) & ~size_t{7};
  if (!encoded_.push(code)) return false;
  const auto index = static_cast<uint32_t>(encoded_.size() - 1);
  if (!runs_.empty() && runs_[last_run_].end == code) {
    runs_[last_run_].end = code + length;
    ++runs_[last_run_].count;
    return true;
  }
  if (!runs_.push({})) {
    encoded_.pop();
    return false;
  }
  size_t at = runs_.size() - 1;
  for (; at > 0 && runs_[at - 1].begin > code; --at) runs_[at] = runs_[at - 1];
  runs_[at] = {code, code + length, index, 1};
  last_run_ = static_cast<uint32_t>(at);
  return true;
}

const Code* ModuleCode::find(const Code* pc) {
  const Locked locked(lock_);
  const auto last_from = [pc](size_t count, auto begin_of) {  // the last of `count` that begins at pc or before, plus one
    size_t low = 0, high = count;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (begin_of(middle) <= pc)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  };
  const size_t run = last_from(runs_.size(), [this](size_t i) { return runs_[i].begin; });
  if (run == 0 || pc >= runs_[run - 1].end) return nullptr;
  const Run& found = runs_[run - 1];
  return encoded_[found.first + last_from(found.count, [&](size_t i) { return encoded_[found.first + i]; }) - 1];
}

uint32_t ModuleCode::offset_at(const Code* code, uint32_t position) {
  const Locked locked(lock_);
  const FunctionHeader& header = header_of(code);
  Workshop* shop = workshop();
  const uint32_t offset = shop == nullptr ? 0 : offset_with(*shop, header, position);
  if (!keeps_workshop_) trim();
  return offset == 0 ? module_.functions[header.func_idx].body.offset : offset;
}

uint32_t ModuleCode::offset_with(Workshop& shop, const FunctionHeader& header, uint32_t position) const {
  const Result<ir::Function> function = shop.builder.build(header.func_idx);
  const Version version = header.is_draft != 0 ? Version::Draft : header.has_loop_entries != 0 ? Version::Successor : Version::Only;
  return function.ok() ? shop.encoder.offset_at(function.value(), options_.with(version), position) : 0;
}

}  // namespace umber::interp
