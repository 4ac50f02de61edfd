#include "container/guest_heap.h"

#include "runtime/instance.h"
#include "runtime/store.h"

namespace umber::container {

namespace {

constexpr uint32_t kAlignment = 16;
constexpr uint32_t kMaxBlocks = 4096;

/// An exported function (i32) -> result_count i32; null if there is none of that type.
const Func* find_exported(Caller& caller, StringRef name, size_t result_count) {
  const Func* func = caller.instance() == nullptr ? nullptr : caller.instance()->find_func(name);
  if (func == nullptr) return nullptr;
  const wasm::FuncType type = caller.store().type_of(*func).func();
  const bool fits = type.params.size() == 1 && type.params[0] == wasm::ValType::I32 && type.results.size() == result_count &&
                    (result_count == 0 || type.results[0] == wasm::ValType::I32);
  return fits ? func : nullptr;
}

}  // namespace

HostResult GuestHeap::allocate(Caller& caller, uint32_t size, uint32_t& address) {
  address = 0;
  if (size == 0 || size > UINT32_MAX / 2 || blocks_.size() >= kMaxBlocks || !blocks_.reserve(blocks_.size() + 2))
    return HostResult::done();
  const Func* guest_malloc = find_exported(caller, "malloc", 1);
  if (guest_malloc != nullptr && find_exported(caller, "free", 0) != nullptr) {
    Slot slot{};
    slot.u64 = size;
    const HostResult result = caller.call(*guest_malloc, &slot);
    if (result.status() != RunStatus::Done) return result;
    const MemoryView& memory = caller.memory();
    // A malloc that lies is the guest's own problem, but not ours.
    if (slot.u32 == 0 || slot.u32 > memory.size || size > memory.size - slot.u32) return result;
    address = slot.u32;
    (void)blocks_.push({address, size, true, true});
    return result;
  }
  size = (size + (kAlignment - 1)) & ~(kAlignment - 1);
  address = take(size);
  if (address == 0 && grow(caller, size)) address = take(size);
  return HostResult::done();
}

/// First fit.
uint32_t GuestHeap::take(uint32_t size) {
  for (size_t i = 0; i < blocks_.size(); ++i) {
    Block& block = blocks_[i];
    if (block.is_used || block.is_guests || block.size < size) continue;
    const Block rest = {block.address + size, block.size - size};
    block.size = size;
    block.is_used = true;
    const uint32_t address = block.address;
    // Room was reserved before, so this does not fail.
    if (rest.size > 0) (void)blocks_.push(rest);
    return address;
  }
  return 0;
}

bool GuestHeap::grow(Caller& caller, uint32_t size) {
  if (caller.instance() == nullptr || caller.instance()->memory_count() == 0) return false;
  Memory& memory = caller.instance()->memory(0);
  const uint32_t page_log2 = memory.type().page_size_log2;
  constexpr uint32_t kLeast = 64 * 1024;
  const uint64_t wanted = size < kLeast ? kLeast : size;
  const uint64_t pages = (wanted + (uint64_t{1} << page_log2) - 1) >> page_log2;
  const uint64_t before = memory.size_bytes();
  if (before + wanted > UINT32_MAX || memory.grow(pages) == Memory::kGrowFailed) return false;
  return blocks_.push({static_cast<uint32_t>(before), static_cast<uint32_t>(pages << page_log2)});
}

/// Joins neighbours that are both free.
void GuestHeap::merge_free() {
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].is_used || blocks_[i].is_guests) continue;
    for (size_t j = 0; j < blocks_.size();) {
      const bool follows = !blocks_[j].is_used && !blocks_[j].is_guests && i != j &&
                           blocks_[i].address + blocks_[i].size == blocks_[j].address;
      if (!follows) {
        ++j;
        continue;
      }
      blocks_[i].size += blocks_[j].size;
      blocks_[j] = blocks_.back();
      if (i == blocks_.size() - 1) i = j;
      blocks_.pop();
      j = 0;
    }
  }
}

HostResult GuestHeap::release(Caller& caller, uint32_t address, bool& known) {
  known = false;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].address != address || !blocks_[i].is_used) continue;
    known = true;
    if (!blocks_[i].is_guests) {
      blocks_[i].is_used = false;
      merge_free();
      return HostResult::done();
    }
    blocks_[i] = blocks_.back();
    blocks_.pop();
    const Func* guest_free = find_exported(caller, "free", 0);
    if (guest_free == nullptr) return HostResult::done();
    Slot slot{};
    slot.u64 = address;
    return caller.call(*guest_free, &slot);
  }
  return HostResult::done();
}

}  // namespace umber::container
