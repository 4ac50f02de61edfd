// A linear memory (https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances). Code reads and writes it
// through a MemoryView; this class makes room, grows it, and keeps every view up to date.
//
// Two modes, chosen by the store's configuration and the memory's type alone, so that code is built for one of them:
// Guarded  a 32-bit memory with 64 KiB pages on a 64-bit host with virtual memory: all addresses that any u32 address + u32
//          offset + access of 16 bytes can form are reserved, so an access beyond `size` faults. The base never moves.
// Checked  code compares with `size`; the base may move whenever the memory grows.
//
// The bytes of a shared memory belong to a SharedMemory, and this is one store's face of it: its view may be behind what another
// store's thread has grown to, until `refresh`.
#pragma once

#include <span>

#include "base/error.h"
#include "decoder/wasm/types.h"
#include "runtime/abi.h"
#include "runtime/shared_memory.h"

namespace umber {

class Store;

class Memory {
 public:
  static constexpr uint64_t kGrowFailed = UINT64_MAX;

  explicit Memory(Store& store) : store_(store) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  /// Allocates the minimum size, zeroed.
  [[nodiscard]] Status init(const wasm::MemoryType& type);
  /// In place of init: stands for a memory that another store has, too.
  [[nodiscard]] Status attach(SharedMemory& shared);

  /// memory.grow: the size before, in pages, or kGrowFailed. Updates every view, and the contexts whose memory 0 this is.
  [[nodiscard]] uint64_t grow(uint64_t delta_pages);

  /// The view, which stays where it is. Of a shared memory perhaps an old one.
  [[nodiscard]] MemoryView& view() { return view_; }
  /// Looks whether a shared memory has grown meanwhile, and updates every view if so.
  bool refresh() { return shared_ != nullptr && view_.size != shared_->size() && catch_up(); }
  /// Null unless the memory is shared. For other stores: Store::attach_memory.
  [[nodiscard]] SharedMemory* shared() const { return shared_; }
  [[nodiscard]] uint8_t* base() const { return view_.base; }
  [[nodiscard]] uint64_t size_bytes() const { return view_.size; }
  [[nodiscard]] uint64_t size_pages() const { return view_.size >> type_.page_size_log2; }
  [[nodiscard]] std::span<uint8_t> bytes() const { return {view_.base, static_cast<size_t>(view_.size)}; }
  /// As declared; `limits.min` is the initial size.
  [[nodiscard]] const wasm::MemoryType& type() const { return type_; }
  [[nodiscard]] bool is_guarded() const { return guarded_; }
  /// [address, address + count) lies inside.
  [[nodiscard]] bool contains(uint64_t address, uint64_t count) {
    const auto fits = [&] { return count <= view_.size && address <= view_.size - count; };
    return fits() || (refresh() && fits());
  }
  /// The address lies in what a guarded memory reserves, in front of its base too. Async-signal-safe.
  [[nodiscard]] bool is_reserved_address(const void* address) const;

 private:
  friend class Instance;
  [[nodiscard]] uint64_t max_bytes() const;
  [[nodiscard]] bool set_size(uint64_t size);
  [[nodiscard]] bool move_to(uint64_t capacity, uint64_t size);
  [[nodiscard]] uint64_t choose_capacity(uint64_t size) const;
  [[nodiscard]] MemorySource source() const;
  [[nodiscard]] Status create_shared();
  bool catch_up();
  void publish(uint8_t* base, uint64_t size);

  Store& store_;
  MemoryView view_;
  wasm::MemoryType type_;
  MemoryBlock block_;  ///< empty in a shared memory
  SharedMemory* shared_ = nullptr;
  bool guarded_ = false;
  Instance* users_ = nullptr;  ///< instances whose memory 0 this is
};

}  // namespace umber
