// A linear memory (https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances). Code reads and writes it
// through a MemoryView; this class makes room, grows it, and keeps every view up to date.
//
// Two modes, chosen by the store's configuration and the memory's type alone, so that code is built for one of them:
// Guarded  a 32-bit memory with 64 KiB pages on a 64-bit host with virtual memory: all addresses that any u32 address + u32
//          offset + access of 16 bytes can form are reserved, so an access beyond `size` faults. The base never moves.
// Checked  code compares with `size`; the base may move whenever the memory grows.
#pragma once

#include <span>

#include "base/error.h"
#include "decoder/wasm/types.h"
#include "runtime/abi.h"
#include "runtime/platform.h"

namespace umber {

class Store;

/// Readable and writable bytes directly in front of every memory's base, for compiled code's own use.
inline constexpr size_t kMemoryPrefix = 64;
/// Address space behind the base of a guarded memory: u32 address, u32 offset, and room for the access itself.
inline constexpr uint64_t kGuardedReach = (uint64_t{1} << 33) + 64 * 1024;

class Memory {
 public:
  static constexpr uint64_t kGrowFailed = UINT64_MAX;

  explicit Memory(Store& store) : store_(store) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  /// Allocates the minimum size, zeroed.
  [[nodiscard]] Status init(const wasm::MemoryType& type);

  /// memory.grow: the size before, in pages, or kGrowFailed. Updates every view, and the contexts whose memory 0 this is.
  [[nodiscard]] uint64_t grow(uint64_t delta_pages);

  [[nodiscard]] MemoryView& view() { return view_; }
  [[nodiscard]] uint8_t* base() const { return view_.base; }
  [[nodiscard]] uint64_t size_bytes() const { return view_.size; }
  [[nodiscard]] uint64_t size_pages() const { return view_.size >> type_.page_size_log2; }
  [[nodiscard]] std::span<uint8_t> bytes() const { return {view_.base, static_cast<size_t>(view_.size)}; }
  /// As declared; `limits.min` is the initial size.
  [[nodiscard]] const wasm::MemoryType& type() const { return type_; }
  [[nodiscard]] bool is_guarded() const { return guarded_; }
  /// [address, address + count) lies inside.
  [[nodiscard]] bool contains(uint64_t address, uint64_t count) const {
    return count <= view_.size && address <= view_.size - count;
  }
  /// The address lies in what a guarded memory reserves behind its base. Async-signal-safe.
  [[nodiscard]] bool is_reserved_address(const void* address) const;

 private:
  friend class Instance;
  [[nodiscard]] uint64_t max_bytes() const;
  [[nodiscard]] bool set_size(uint64_t size);
  [[nodiscard]] bool move_to(uint64_t capacity, uint64_t size);
  [[nodiscard]] bool extend(uint64_t size);
  [[nodiscard]] uint64_t choose_capacity(uint64_t size) const;
  void publish(uint8_t* base, uint64_t size);

  /// Where the bytes lie: `start` is the first byte of the allocation, the base lies `front` bytes behind.
  struct Block {
    uint8_t* start = nullptr;
    size_t front = 0;
    size_t bytes = 0;      ///< of the allocation or reservation
    size_t committed = 0;  ///< readable and writable, from `start`
  };
  [[nodiscard]] bool allocate_block(uint64_t capacity, uint64_t size, Block& out);
  void release_block(Block& block);

  Store& store_;
  MemoryView view_;
  wasm::MemoryType type_;
  Block block_;
  uint64_t capacity_ = 0;  ///< bytes behind the base that can be used without moving
  bool guarded_ = false;
  Instance* users_ = nullptr;  ///< instances whose memory 0 this is
};

}  // namespace umber
