// One run of guest code: the value stack, the nesting of calls, the budget and how it all ended. An Execution is used by
// one thread at a time; only request_kill and request_pause may be called from any thread at any time.
//
// Budget. Code charges VmContext::budget at function entries and loop headers and calls on_budget_spent when it falls below
// zero. The counter is granted in small slices, so one check serves fuel, deadline, pause and kill: requests are seen at
// the next slice's end, tens of microseconds away. Every run starts with an empty slice. The fuel spent is exact and the
// same on every target: the last slice is cut to what is left.
//
// Stack. Frames lie in the value stack, [stack_top, stack_end) is free. Whoever calls a Func's entry first moves
// `stack_top` above everything it still needs; the callee may use all from there on and leaves `stack_top` as it was.
#pragma once

#include <atomic>
#include <span>

#include "base/allocator.h"
#include "base/error.h"
#include "runtime/abi.h"
#include "runtime/platform.h"
#include "runtime/scheduler.h"

namespace umber {

class Store;
struct NativeActivation;

/// A place in guest code.
struct TraceFrame {
  const Instance* instance = nullptr;
  uint32_t func_idx = 0;
  uint32_t offset = 0;  ///< of the instruction in the module's bytes
};

/// Why and where a run ended early. Valid until the execution's next run.
class Trap {
 public:
  static constexpr uint32_t kMaxFrames = 64;
  using Message = FixedText<160>;

  TrapKind kind = TrapKind::None;
  int32_t exit_code = 0;     ///< for TrapKind::Exit
  Ref exception = kNullRef;  ///< for TrapKind::UncaughtException: what was thrown; see runtime/exception.h
  uint32_t frame_count = 0;  ///< all frames, beyond kMaxFrames too

  /// A message and frames take memory of `allocator` once there are any, and keep it. What there is no memory for is left out.
  explicit Trap(Allocator& allocator) : allocator_(allocator) {}
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;
  ~Trap() { allocator_.destroy(details_); }

  /// Takes that memory now. False when there is none.
  [[nodiscard]] bool reserve() { return details_ != nullptr || (details_ = allocator_.create<Details>()) != nullptr; }
  /// More than text_of(kind) says; may be empty.
  [[nodiscard]] StringRef message() const { return details_ == nullptr ? StringRef() : details_->message.str(); }
  /// Innermost first; the outer ones may be missing.
  [[nodiscard]] std::span<const TraceFrame> frames() const {
    return details_ == nullptr ? std::span<const TraceFrame>() : std::span<const TraceFrame>(details_->frames, stored_frames_);
  }
  template <class... Parts>
  void add_message(const Parts&... parts) {
    if (reserve()) details_->message.add(parts...);
  }
  void clear_message() {
    if (details_ != nullptr) details_->message.clear();
  }
  /// Adds the next outer frame. Tiers call this while they unwind.
  void add_frame(const Instance& instance, uint32_t func_idx, uint32_t offset) {
    if (stored_frames_ == frame_count && frame_count < kMaxFrames && reserve())
      details_->frames[stored_frames_++] = {&instance, func_idx, offset};
    ++frame_count;
  }
  void clear() {
    kind = TrapKind::None;
    exit_code = 0;
    exception = kNullRef;
    frame_count = stored_frames_ = 0;
    clear_message();
  }

 private:
  struct Details {
    Message message;
    TraceFrame frames[kMaxFrames];
  };
  uint32_t stored_frames_ = 0;
  Allocator& allocator_;
  Details* details_ = nullptr;
};

inline constexpr uint64_t kUnlimitedFuel = UINT64_MAX;
inline constexpr uint64_t kNoDeadline = UINT64_MAX;

struct ExecutionConfig {
  size_t stack_slots = 128 * 1024;  ///< of 8 bytes: 1 MiB; lazily committed where there is virtual memory
  uint32_t max_native_depth = 64;   ///< host functions calling back into guest code: nested native calls
  uint32_t slice = 20'000;          ///< budget units between two looks at requests, deadline and fuel
  uint64_t fuel = kUnlimitedFuel;
  /// Called by request_kill and request_pause, on the requesting thread, after the request is set: wakes host functions
  /// that wait. Must not block; null for none.
  void (*on_request)(void* state) = nullptr;
  void* on_request_state = nullptr;
  /// Called on the run's own thread at the end of each slice, before anything is looked at: where tasks take turns, the others run
  /// now. Null for none.
  void (*on_slice)(void* state) = nullptr;
  void* on_slice_state = nullptr;
  /// Called on the run's own thread where code is to pause that cannot be put aside, because its frames are the machine's: returns
  /// when it is to go on, or was killed, with the request cleared. Null: such code does not pause.
  void (*stand_still)(void* state) = nullptr;
  void* stand_still_state = nullptr;
};

class Execution {
 public:
  explicit Execution(Store& store, const ExecutionConfig& config = {});
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution();

  /// Allocates the value stack; call once, before the first run. On a machine with virtual memory also what a trap's backtrace takes.
  [[nodiscard]] Status init();

  // -- For embedders ----------------------------------------------------------------------------------------------------

  /// Calls a function of any kind: from the host, from a host function, or from one tier into another's function.
  /// `values`: parameters in, results out; room for the larger of the two; valid until the run has ended. Types are not
  /// checked.
  RunStatus call(const Func& func, Slot* values);
  /// After Suspended: goes on where it paused.
  RunStatus resume();
  [[nodiscard]] bool suspended() const { return suspended_; }
  /// Why the last run ended with Trapped.
  [[nodiscard]] const Trap& last_trap() const { return trap_; }

  /// From any thread, but not from a signal handler: the run, or the next one if none is active, ends with TrapKind::Killed.
  /// Stays set until clear_requests.
  void request_kill();
  /// From any thread: the run returns Suspended at its next checkpoint. While a host function has called back into guest
  /// code the request waits until that is over.
  void request_pause();
  void clear_requests();
  /// For host functions that wait: give up and return when this is true.
  [[nodiscard]] bool kill_requested() const { return kill_requested_.load(std::memory_order_seq_cst); }
  [[nodiscard]] bool pause_requested() const { return pause_requested_.load(std::memory_order_acquire); }

  /// Fuel in units of the IR's weights (about one per Wasm instruction). Setting it starts a new account.
  void set_fuel(uint64_t fuel);
  [[nodiscard]] uint64_t fuel_consumed() const;
  [[nodiscard]] uint64_t fuel_remaining() const;
  /// Absolute, on the store's clock; kNoDeadline for none. Ignored without a clock.
  void set_deadline(uint64_t deadline_ns) { deadline_ns_ = deadline_ns; }
  /// For host functions that wait: not beyond this, and give up when it is over.
  [[nodiscard]] uint64_t deadline_ns() const { return deadline_ns_; }
  /// Calls of host functions so far, of all runs.
  [[nodiscard]] uint64_t host_calls() const { return host_calls_; }
  void count_host_call() { ++host_calls_; }
  /// Frees a suspended run for good.
  void abandon();

  // -- For waiting on other threads -------------------------------------------------------------------------------------

  /// Where this execution's thread sleeps and a kill wakes it. Null without a scheduler or memory.
  [[nodiscard]] Monitor* parker();
  /// Sleeps at the parker until `woken` (set by another thread that holds the parker's lock and then notifies), until
  /// `deadline_ns` on the store's clock, or until the run is over; true for the last.
  [[nodiscard]] bool park(uint64_t deadline_ns, const bool& woken);

  // -- For tiers --------------------------------------------------------------------------------------------------------

  /// First free slot of the value stack; see above.
  Slot* stack_top = nullptr;
  /// Compiled code's innermost entry from the runtime (native_abi.h).
  NativeActivation* native_activation = nullptr;
  [[nodiscard]] Slot* stack_begin() const { return stack_begin_; }
  [[nodiscard]] Slot* stack_end() const { return stack_end_; }
  [[nodiscard]] Store& store() const { return store_; }
  /// The store's list of executions.
  [[nodiscard]] Execution* next() const { return next_; }

  /// The context whose code runs now; null outside guest code. Host functions see their caller here.
  [[nodiscard]] VmContext* current() const { return current_; }
  /// Makes `to` the running context: the budget moves along. A tier that calls across instances by itself (not through
  /// `call`) does this on the way in and on the way back.
  void switch_to(VmContext& to) {
    to.budget = current_ == nullptr ? 0 : current_->budget;
    to.stack_end = stack_end_;
    to.execution = this;
    current_ = &to;
  }

  /// The checkpoint: `context.budget` fell below zero. Done: go on behind the charge, which is paid. Trapped: the trap
  /// is set. Suspended: save everything, call set_resume, and return Suspended.
  [[nodiscard]] RunStatus on_budget_spent(VmContext& context);
  /// The same for code that cannot be put aside: it stands still right here. Never Suspended.
  [[nodiscard]] RunStatus on_budget_spent_in_place(VmContext& context);
  /// Lets the others run where tasks take turns. In a heartbeat only if that interrupted guest code.
  void take_turn() {
    if (config_.on_slice != nullptr) config_.on_slice(config_.on_slice_state);
  }
  /// Stands still if that was asked for and there is a way to. From a signal handler only if that interrupted guest code.
  void pause_in_place() {
    if (pause_requested() && config_.stand_still != nullptr) config_.stand_still(config_.stand_still_state);
  }
  /// Charges work that is not in code, such as a long copy. Never fails; the next checkpoint sees it.
  void charge(uint64_t units);
  using Resume = RunStatus (*)(Execution& execution, void* state);
  void set_resume(Resume resume, void* state) {
    resume_ = resume;
    resume_state_ = state;
  }

  /// Records why the run ends; `parts` as for FixedText::add. Returns Trapped, so that it can be returned. Frames are added
  /// next.
  template <class... Parts>
  RunStatus trap(TrapKind kind, const Parts&... parts) {
    trap_.clear();
    trap_.kind = kind;
    if constexpr (sizeof...(parts) != 0) trap_.add_message(parts...);
    return RunStatus::Trapped;
  }
  RunStatus exit(int32_t code) {
    trap(TrapKind::Exit);
    trap_.exit_code = code;
    return RunStatus::Trapped;
  }
  /// An exception sets out: whoever gets Trapped with TrapKind::UncaughtException back looks for a handler among its frames,
  /// and calls current_trap().clear() if there is one.
  RunStatus throw_exception(Ref exception) {
    trap(TrapKind::UncaughtException);
    trap_.exception = exception;
    return RunStatus::Trapped;
  }
  [[nodiscard]] Trap& current_trap() { return trap_; }
  /// The address lies in the guard area of a memory of the running instance. Async-signal-safe.
  [[nodiscard]] bool is_guard_fault(const void* address) const;

 private:
  /// What a nested call changes and puts back.
  struct Saved {
    VmContext* caller;
    Execution* execution;
    Slot* stack_end;
    int64_t budget;
  };
  void begin_call(const Func& func, Saved& saved);
  void end_call(const Func& func, const Saved& saved);
  RunStatus suspend(const Func& func, const Saved& saved, Slot* top);
  void describe_exception();
  void settle(int64_t budget);
  void grant(VmContext& context);
  [[nodiscard]] bool is_late() const;
  [[nodiscard]] size_t stack_bytes() const;

  Store& store_;
  const ExecutionConfig config_;
  Slot* stack_begin_ = nullptr;
  Slot* stack_end_ = nullptr;
  VmContext* current_ = nullptr;
  uint32_t depth_ = 0;
  bool suspended_ = false;
  std::atomic<bool> kill_requested_{false};
  std::atomic<bool> pause_requested_{false};
  std::atomic<Monitor*> parker_{nullptr};
  int64_t granted_ = 0;  ///< put into the running context's budget and not yet settled
  uint64_t fuel_ = kUnlimitedFuel;
  uint64_t consumed_ = 0;
  uint64_t deadline_ns_ = kNoDeadline;
  uint64_t host_calls_ = 0;
  Resume resume_ = nullptr;
  void* resume_state_ = nullptr;
  const Func* outermost_ = nullptr;
  Saved outermost_saved_{};
  Slot* outermost_top_ = nullptr;
  Execution* next_ = nullptr;  ///< the store's list, from init on
  Trap trap_;
};

}  // namespace umber
