// One run of a container: store, WASI, host functions and execution, built when it starts and gone when it has ended. Everything a
// run held goes with it. Used by the container's own thread, except for `execution()`'s requests.
#pragma once

#include "container/ocre.h"
#include "container/output_file.h"
#include "runtime/backtrace.h"
#include "runtime/linker.h"
#include "wasi/wasi.h"

namespace umber::container {

/// Counts what is in the volume of a grant, unless that is known or `stop` is raised. Errors: the host's.
[[nodiscard]] Status ensure_counted(Volume& volume, Host& host, const Grant& grant, const StopSign& stop);

class Run {
 public:
  /// Null when there is no memory. `parts` outlives the run.
  [[nodiscard]] static Run* create(const RunParts& parts);
  void destroy();

  /// Opens what is granted and defines what is granted. Errors: why the container is refused.
  [[nodiscard]] Status prepare();
  /// Instantiates (the start function runs) and calls the entry point. Suspended: paused; go on with resume.
  [[nodiscard]] RunStatus start();
  [[nodiscard]] RunStatus resume();
  /// After Done or Trapped. `allocator_refused`: the container's memory limit was hit.
  void describe_end(RunStatus status, bool allocator_refused, const TextSink& backtrace) const;

  [[nodiscard]] Execution& execution() { return execution_; }
  /// Where events are posted; null for a guest that imports nothing that could tell it of them.
  [[nodiscard]] Inbox* inbox() { return events_.guest == nullptr ? nullptr : &events_.guest->inbox; }
  [[nodiscard]] uint64_t memory_bytes() const { return store_.memory_bytes(); }

 private:
  friend class umber::Allocator;
  Run(const RunParts& parts, wasi::Platform& platform);
  ~Run();

  /// What only a guest has that imports functions about events.
  struct EventGuest {
    EventGuest(const RunParts& parts, Run& run);
    Inbox inbox;
    GuestContext context;
    OcreApi ocre;
  };
  struct Events {
    explicit Events(Allocator& allocator) : allocator(allocator) {}
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;
    ~Events() { allocator.destroy(guest); }
    Allocator& allocator;
    EventGuest* guest = nullptr;
  };
  enum class Phase : uint8_t { Instantiating, Initializing, InEntry };
  static void wake(void* run);
  [[nodiscard]] Status connect_streams();
  [[nodiscard]] Status open_grants();
  [[nodiscard]] Status open_blobs();
  [[nodiscard]] Result<wasi::File*> open_volume(const Grant& grant);
  [[nodiscard]] Status define_imports(Linker& linker);
  [[nodiscard]] Status define_functions(Linker& linker, EventGuest* events);
  void refuse(const Error& error);
  [[nodiscard]] Instance* link();
  [[nodiscard]] Error explain_unlinkable(const Linker& linker, const Error& error);
  [[nodiscard]] EventGuest* new_event_guest();
  [[nodiscard]] RunStatus enter();
  [[nodiscard]] RunStatus call(StringRef name);

  /// The tier of a compiled image, which instances need until they go.
  struct NativeTier {
    explicit NativeTier(const RunParts& parts) : image(parts.image), allocator(parts.allocator) {}
    NativeTier(const NativeTier&) = delete;
    NativeTier& operator=(const NativeTier&) = delete;
    ~NativeTier() {
      if (tier != nullptr) image.unload(allocator, tier);
    }
    const Image& image;
    Allocator& allocator;
    Tier* tier = nullptr;
  };

  const RunParts& parts_;
  wasi::Platform& host_platform_;
  Events events_;
  GuestPlatform platform_;
  OutputFile outputs_[2];  ///< standard output and error
  Wasi wasi_;
  NativeTier native_;
  Store store_;
  Execution execution_;
  Instance* instance_ = nullptr;
  Phase phase_ = Phase::Instantiating;
  Slot result_{};
};

}  // namespace umber::container
