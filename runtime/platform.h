// What the runtime asks of the machine beneath it. A port implements these interfaces; nothing else in runtime/ knows
// an operating system. A board without an MMU passes no VirtualMemory: memories and stacks then come from the Allocator
// and every access is checked explicitly. It may still have interrupts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace umber {

/// A hardware fault while guest code ran, as the port's handler saw it.
struct FaultFrame {
  void* machine_context;  ///< the port's saved registers (Linux: ucontext_t*); may be changed to redirect control
  void* address;          ///< the data address that faulted
  uintptr_t pc = 0;             ///< of the faulting instruction; 0 where the port does not know it
  uintptr_t frame_pointer = 0;  ///< the register that chains frames on this machine; 0 likewise
};

/// Who takes the faults of one thread while it runs guest code. The tier that runs installs one.
struct FaultTarget {
  /// Called in the fault handler, on the faulting thread: async-signal-safe code only. Either leaves by itself
  /// (siglongjmp), or redirects `frame.machine_context` and returns true, or returns false: not a guest's fault, pass it
  /// on. It must return false unless both hold: the faulting instruction is guest code, and
  /// Execution::is_guard_fault(frame.address).
  bool (*recover)(FaultTarget& target, const FaultFrame& frame) = nullptr;
  /// Called in the heartbeat's handler, on the thread whose target this is, wherever it is then; null if it takes none. Either
  /// leaves by itself, only from guest code, or returns. `frame.address` is null.
  void (*tick)(FaultTarget& target, const FaultFrame& frame) = nullptr;
  /// Where the guest code lies that `tick` may leave: a port that has to prepare such a call makes it only there.
  uintptr_t code_begin = 0;
  uintptr_t code_end = 0;
};

/// What comes between two instructions of guest code: faults and heartbeats. Thread-safe.
class GuestInterrupts {
 public:
  /// Installs the calling thread's fault target and returns the one before; null for none.
  virtual FaultTarget* exchange_fault_target(FaultTarget* target) = 0;
  /// From now on, FaultTarget::tick of the calling thread's target is called after every few milliseconds that the thread
  /// computes. False where there is no such timer.
  [[nodiscard]] virtual bool start_heartbeat() { return false; }

 protected:
  ~GuestInterrupts() = default;
};

/// Address space in pages. Thread-safe.
class VirtualMemory : public GuestInterrupts {
 public:
  /// Bytes; a power of two.
  [[nodiscard]] virtual size_t page_size() const = 0;
  /// Takes page-aligned address space that faults on every access. `bytes` is a multiple of the page size. Null on failure.
  [[nodiscard]] virtual void* reserve(size_t bytes) = 0;
  /// Makes reserved pages readable and writable; fresh ones read as zero. False when there is no memory.
  [[nodiscard]] virtual bool commit(void* address, size_t bytes) = 0;
  /// Gives back what reserve returned, committed or not.
  virtual void release(void* address, size_t bytes) = 0;

 protected:
  ~VirtualMemory() = default;
};

/// Monotonic time. Thread-safe.
class Clock {
 public:
  /// Nanoseconds since some fixed point in the past.
  [[nodiscard]] virtual uint64_t now_ns() = 0;

 protected:
  ~Clock() = default;
};

}  // namespace umber
