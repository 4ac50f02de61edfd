// A shared linear memory (https://webassembly.github.io/threads/core/): one object that the memories of several stores stand for,
// one store for each thread. A store never sees another one; what threads have in common is this and nothing else.
//
// The base never moves, so code keeps using its own copy. The size only grows: each store's Memory has a copy of it that
// may be old, and whoever finds an address beyond its copy looks here before it traps (Memory::refresh).
//
// Waiting threads stand in one queue in order of arrival, on their own stacks. memory.atomic.wait compares and enters the queue
// under one lock, which memory.atomic.notify takes too, so no wake-up is lost; it then sleeps at its execution's own
// monitor, where a kill finds it.
#pragma once

#include <atomic>

#include "base/error.h"
#include "decoder/wasm/types.h"
#include "runtime/memory_block.h"
#include "runtime/scheduler.h"

namespace umber {

class Execution;

class SharedMemory {
 public:
  static constexpr uint64_t kFailed = UINT64_MAX;

  struct Config {
    MemorySource source;             ///< thread-safe; outlives the memory
    Scheduler* scheduler = nullptr;  ///< outlives it. Null: one thread, which can't wait
    wasm::MemoryType type;
    uint64_t max_bytes = 0;  ///< growing beyond fails
    bool guarded = false;
  };
  /// How a wait ended: the result of memory.atomic.wait, or none.
  enum class Wait : uint8_t {
    Ok = 0,
    NotEqual = 1,
    TimedOut = 2,
    Over,    ///< the run was killed or is past its deadline: the next checkpoint ends it
    Failed,  ///< the trap is recorded
  };

  /// A memory of the type's minimum size, zeroed, with one user. Errors: OutOfMemory; Unsupported in builds without threads.
  [[nodiscard]] static Result<SharedMemory*> create(const Config& config);
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // All of these from any thread.

  void add_user();
  /// The last one frees it.
  void remove_user();
  [[nodiscard]] uint8_t* base() const { return block_.base; }
  [[nodiscard]] uint64_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] const MemoryBlock& block() const { return block_; }
  [[nodiscard]] const wasm::MemoryType& type() const { return config_.type; }
  [[nodiscard]] bool is_guarded() const { return config_.guarded; }
  [[nodiscard]] Scheduler* scheduler() const { return config_.scheduler; }
  /// Bytes before, or kFailed.
  [[nodiscard]] uint64_t grow(uint64_t delta_bytes);
  /// memory.atomic.wait32 or 64 of the running `execution`: sleeps while the 4 or 8 bytes at `address`, in bounds and aligned, are
  /// `expected`, until notified, `timeout_ns` (negative: none) is over, or the run is killed or past its deadline.
  [[nodiscard]] Wait wait(Execution& execution, uint64_t address, uint64_t expected, bool is_64, int64_t timeout_ns);
  /// memory.atomic.notify: wakes up to `count` of those that wait at `address`, the longest-waiting first; how many.
  uint32_t notify(uint64_t address, uint32_t count);
  /// For machines without atomic instructions of every width: held around each of them.
  [[nodiscard]] Monitor* lock() const { return lock_; }

 private:
  friend class Allocator;
  struct Waiter;
  explicit SharedMemory(const Config& config) : config_(config) {}
  ~SharedMemory();
  [[nodiscard]] bool init();
  [[nodiscard]] bool holds(uint64_t address, uint64_t expected, bool is_64) const;
  void enter(Waiter& waiter);
  void leave(Waiter& waiter);

  const Config config_;
  MemoryBlock block_;
  Monitor* lock_ = nullptr;  ///< null without a scheduler
  std::atomic<size_t> size_{0};  ///< bytes
  std::atomic<uint32_t> users_{1};
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace umber
