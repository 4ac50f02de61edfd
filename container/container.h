// One container: its configuration, its state, and the task that runs it. The task is the only one that touches the guest; all others
// set wishes (pause, stop, kill, sample) under the container's lock and wait for the state to change. A wish reaches
// the guest through Execution's requests in code and through the gate in host calls that wait.
#pragma once

#include <atomic>

#include "container/charged_allocator.h"
#include "container/handle_table.h"
#include "container/run.h"
#include "container/state.h"

namespace umber::container {

/// What a container uses, as of the last time it was looked at.
struct Usage {
  uint64_t memory_bytes = 0;     ///< linear memories
  size_t host_bytes = 0;         ///< allocated on its behalf, now
  size_t host_bytes_peak = 0;
  uint64_t fuel = 0;             ///< consumed by this run
  uint64_t host_calls = 0;       ///< made by this run
  Inbox::Usage inbox;
  VolumeUsage volumes;           ///< what its volumes hold, all together
};

/// A container at one moment.
struct Snapshot {
  FixedText<64> name;
  State state = State::Created;
  bool restart_pending = false;  ///< exited, and waits for its back-off
  uint32_t restarts = 0;         ///< in a row
  uint64_t started_ns = 0;       ///< of the last run, on the runtime's clock; 0: never
  uint64_t ended_ns = 0;
  ExitRecord exit;               ///< of the last run that ended
  Usage usage;
};

/// Hears of every state change, under the container's lock: must not call the runtime and must not block. Thread-safe.
class Observer {
 public:
  virtual void state_changed(Handle container, State from, State to, const ExitRecord& exit) = 0;

 protected:
  ~Observer() = default;
};

/// What containers share; outlives them.
struct Environment {
  Allocator& allocator;
  Scheduler& scheduler;
  Host& host;
  Bus& bus;
  Devices& devices;
  VolumeTable& volumes;
  Observer* observer;  ///< null for none
};

class Container final : public Gate {
 public:
  /// `environment` outlives the container.
  [[nodiscard]] static Result<Container*> create(const Environment& environment, Image& image, const Config& config);
  /// Not live any more, and nobody waits. Joins the task.
  void destroy();

  // From any thread. Errors: InvalidArgument when the state does not allow it.

  [[nodiscard]] Status start();
  [[nodiscard]] Status pause(uint64_t deadline_ns);
  [[nodiscard]] Status unpause();
  /// Asks the guest to end (an event in its inbox); kills it at the deadline. Waits for the end.
  [[nodiscard]] Status stop(uint64_t deadline_ns);
  /// Does not wait. No error when it is not live.
  void kill();
  /// True when it has ended for good (no restart pending) or never started; false at the deadline.
  [[nodiscard]] bool wait(uint64_t deadline_ns);
  /// Created or exited containers become Removed.
  [[nodiscard]] Status retire();
  /// `sample`: asks a running guest for fresh numbers, for at most that long.
  void look(Snapshot& out, uint64_t sample_ns = 0);
  /// The last trap's backtrace, piece by piece, under the lock.
  void write_backtrace(const TextSink& sink);
  [[nodiscard]] const OwnedConfig& config() const { return config_; }
  [[nodiscard]] Image& image() const { return image_; }

  void pass() override;

  Handle handle = kNoHandle;  ///< set once, before anybody else knows of it
  uint32_t pins = 0;          ///< users at this moment; guarded by the runtime's lock

 private:
  friend class umber::Allocator;
  Container(const Environment& environment, Image& image, Monitor& monitor, size_t host_bytes);
  ~Container() = default;

  static void run_task(void* container);
  void run_once(ExitRecord& record, Vec<char>& backtrace);
  [[nodiscard]] RunStatus run_guest(Run& run);
  [[nodiscard]] bool settle(const ExitRecord& record, StringRef backtrace);
  [[nodiscard]] bool wants_restart(const ExitRecord& record) const;
  [[nodiscard]] uint64_t next_backoff();
  void kill_locked();
  [[nodiscard]] bool wait_locked(uint32_t start, uint64_t deadline_ns);
  void attach(Run& run);
  void detach();
  void set_state(State to);
  void keep_exit(const ExitRecord& record);
  void keep_text(StringRef message, StringRef backtrace);
  [[nodiscard]] ExitRecord last_exit() const;
  void sample_usage();
  [[nodiscard]] bool is_over() const { return !is_live(state_) && !restart_pending_ && !starting_; }
  [[nodiscard]] bool acquire_volumes();
  void release_volumes(size_t grants);
  [[nodiscard]] bool is_first_of_volume(size_t grant) const;
  [[nodiscard]] Status wrong_state(StringRef verb) const;
  [[nodiscard]] uint64_t now() const { return environment_.host.clock().now_ns(); }

  const Environment& environment_;
  Image& image_;
  Monitor& monitor_;
  ChargedAllocator charged_;
  OwnedConfig config_;

  // Guarded by monitor_:
  State state_ = State::Created;
  bool pause_wanted_ = false;
  bool stop_wanted_ = false;
  bool kill_wanted_ = false;
  bool restart_pending_ = false;
  bool has_volumes_ = false;  ///< those of all grants are acquired
  bool starting_ = false;  ///< the task exists, but `task_` is not known yet
  ExitKind exit_kind_ = ExitKind::None;
  TrapKind exit_trap_ = TrapKind::None;
  /// One of the wishes above is new: lets the gate pass without the lock.
  std::atomic<bool> wish_{false};
  int32_t exit_code_ = 0;
  uint32_t starts_ = 0;  ///< calls of start() so far: tells one start from the next
  uint32_t samples_ = 0;
  uint32_t restarts_ = 0;
  uint64_t started_ns_ = 0;
  uint64_t ended_ns_ = 0;
  /// What an end has said, message and backtrace behind it.
  struct ExitText {
    uint32_t message_size;
    uint32_t backtrace_size;
    [[nodiscard]] size_t bytes() const { return sizeof(ExitText) + message_size + backtrace_size; }
    [[nodiscard]] StringRef message() const { return {reinterpret_cast<const char*>(this + 1), message_size}; }
    [[nodiscard]] StringRef backtrace() const { return {message().data() + message_size, backtrace_size}; }
  };
  struct Sample {
    uint64_t memory_bytes = 0;
    uint64_t fuel = 0;
    uint64_t host_calls = 0;
    Inbox::Usage inbox;
  };
  Sample sample_;
  Run* run_ = nullptr;
  Scheduler::Task* task_ = nullptr;
  ExitText* exit_text_ = nullptr;  ///< null: none, or there was no memory for it
};

}  // namespace umber::container
