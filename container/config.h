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

/// A container's own copy, and its grants parsed.
class OwnedConfig {
 public:
  explicit OwnedConfig(Allocator& allocator) : arena_(allocator, sizeof(void*) == 8 ? 1024 : 64), grants_(allocator) {}

  /// InvalidArgument for a malformed grant, OutOfMemory.
  [[nodiscard]] Status copy(const Config& config);
  [[nodiscard]] const Config& get() const { return config_; }
  [[nodiscard]] const GrantSet& grants() const { return grants_; }

 private:
  [[nodiscard]] bool copy_text(StringRef& text);
  [[nodiscard]] bool copy_texts();

  Arena arena_;
  GrantSet grants_;
  Config config_;
};

}  // namespace umber::container
