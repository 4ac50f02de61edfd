// What a container is made from: plain data with borrowed texts. Runtime::create checks it and keeps its own copy.
#pragma once

#include "base/error.h"
#include "container/blob.h"
#include "container/grant.h"
#include "container/inbox.h"
#include "container/scheduler.h"
#include "container/volume.h"

namespace umber::container {

/// Everything a container may use up. All of it is charged to the container; reaching a limit is an error to the guest or a
/// recorded end, never anyone else's problem.
struct Limits {
  uint64_t memory_bytes = uint64_t{256} << 20;  ///< all linear memories together
  uint64_t table_elements = 1'000'000;          ///< all tables together
  uint64_t heap_bytes = uint64_t{256} << 20;    ///< garbage-collected objects
  uint32_t stack_bytes = 1u << 20;              ///< of the guest's call stack
  size_t host_bytes = 32u << 20;                ///< what the engine and WASI allocate on its behalf
  uint64_t fuel = UINT64_MAX;                   ///< of one run; about one unit per instruction
  uint64_t run_time_ns = UINT64_MAX;            ///< of one run
  uint32_t open_files = 64;                     ///< descriptors: streams, directories and sockets included
  uint32_t sockets = 32;                        ///< of those descriptors, also those that came with a grant
  VolumeLimits volume;                          ///< what each of its volumes may hold, whoever filled it
  InboxLimits inbox;                            ///< max_timers: the grant's count holds if it is less
  uint32_t cpu_weight = 100;                    ///< 10 to 1000: share of a busy processor, relative to the others' weights
  Priority priority = Priority::Normal;
};

enum class Restart : uint8_t { No, OnFailure, Always };

struct RestartPolicy {
  friend bool operator==(const RestartPolicy&, const RestartPolicy&) = default;
  Restart when = Restart::No;
  uint32_t max_restarts = 0;                      ///< in a row; 0: no limit
  uint64_t backoff_ns = 100'000'000;              ///< before the first restart; doubles each time
  uint64_t max_backoff_ns = uint64_t{60} * 1'000'000'000;
  uint64_t healthy_after_ns = uint64_t{10} * 1'000'000'000;  ///< a run that lasted so long begins a new count
};

struct Variable {
  StringRef name;
  StringRef value;
};

/// Takes what a guest writes to its standard output (1) or error (2). On the container's thread; the bytes are valid during the call.
using OutputSink = void (*)(void* state, int stream, const uint8_t* bytes, size_t size);

struct Config {
  StringRef name;      ///< for people; the runtime does not care whether it is unique
  StringRef hostname;  ///< what the guest is told; the name if empty
  StringRef entry = "_start";
  std::span<const StringRef> args;  ///< the program's name first
  std::span<const Variable> environment;
  std::span<const StringRef> grants;
  std::span<const Blob> blobs;      ///< of the image; their bytes are used in place
  Limits limits;
  RestartPolicy restart;
  OutputSink output = nullptr;
  void* output_state = nullptr;
};

/// What most containers leave as it is.
struct RareSettings {
  uint64_t fuel = Limits().fuel;
  uint64_t run_time_ns = Limits().run_time_ns;
  VolumeLimits volume;
  RestartPolicy restart;
};

/// Limits as a container keeps them: no more than the machine's pointers reach.
struct KeptLimits {
  size_t memory_bytes = 0;
  size_t heap_bytes = 0;
  size_t table_elements = 0;
  uint32_t stack_bytes = 0;
  uint32_t open_files = 0;
  uint32_t sockets = 0;
  InboxLimits inbox;
  uint16_t cpu_weight = 0;
  Priority priority = Priority::Normal;
};

/// A container's own copy, and its grants parsed, in one piece of memory. Beyond it a container keeps nothing of its configuration but
/// the bytes of its image's blobs, which lie where they are.
class OwnedConfig {
 public:
  explicit OwnedConfig(Allocator& allocator) : allocator_(allocator) {}
  OwnedConfig(const OwnedConfig&) = delete;
  OwnedConfig& operator=(const OwnedConfig&) = delete;
  ~OwnedConfig();

  /// InvalidArgument for a malformed grant or a bad path of a blob, OutOfMemory. Once.
  [[nodiscard]] Status copy(const Config& config);

  [[nodiscard]] StringRef name() const { return name_; }  ///< zero-terminated
  [[nodiscard]] StringRef hostname() const { return hostname_; }
  [[nodiscard]] StringRef entry() const { return entry_; }
  [[nodiscard]] std::span<const StringRef> args() const { return args_; }
  [[nodiscard]] std::span<const Variable> environment() const { return environment_; }
  [[nodiscard]] std::span<const Blob> blobs() const { return blobs_; }  ///< sorted; see blob.h
  [[nodiscard]] const GrantSet& grants() const { return grants_; }
  [[nodiscard]] const KeptLimits& limits() const { return limits_; }
  [[nodiscard]] const RareSettings& rare() const { return *rare_; }
  /// Nowhere without a sink.
  void write_output(int stream, std::span<const uint8_t> bytes) const {
    if (output_ != nullptr) output_(output_state_, stream, bytes.data(), bytes.size());
  }

 private:
  class Layout;
  static const RareSettings kUsual;
  void place(Layout& layout, const Config& config);
  [[nodiscard]] Status keep_limits(const Limits& limits);

  Allocator& allocator_;
  void* memory_ = nullptr;  ///< all that the spans and texts show
  size_t bytes_ = 0;
  StringRef name_, hostname_, entry_;
  std::span<StringRef> args_;
  std::span<Variable> environment_;
  std::span<Blob> blobs_;
  GrantSet grants_;
  const RareSettings* rare_ = &kUsual;
  OutputSink output_ = nullptr;
  void* output_state_ = nullptr;
  KeptLimits limits_;
};

}  // namespace umber::container
