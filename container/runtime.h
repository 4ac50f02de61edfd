// The container runtime: images, containers, the message bus and the devices of one machine.
//
//   container::Runtime runtime(allocator, scheduler, host, tiers);
//   UMBER_TRY(runtime.init());
//   Result<Handle> image = runtime.add_image(bytes);
//   Config config;
//   config.name = "blinky";
//   config.grants = grants;                                    // {"gpio:0/5:out", "timers"}
//   Result<Handle> blinky = runtime.create(*image, config);
//   UMBER_TRY(runtime.start(*blinky));
//   if (runtime.wait(*blinky, deadline)) { runtime.inspect(*blinky, snapshot); … snapshot.exit … }
//
// Thread-safe throughout: any thread may call anything at any time, also several about the same container. Handles stay good until
// the object is removed, and find nothing afterwards. Times are absolute, in nanoseconds on the host's clock.
#pragma once

#include "container/container.h"

namespace umber::container {

struct RuntimeConfig {
  uint32_t max_containers = 1000;
  wasm::Features features = wasm::Features::all();
  BusLimits bus;
  GpioDriver* gpio = nullptr;        ///< null: the board has no pins
  SensorDriver* sensors = nullptr;
  Observer* observer = nullptr;      ///< hears of state changes
};

class Runtime {
 public:
  /// All outlive the runtime; the allocator must be thread-safe.
  Runtime(Allocator& allocator, Scheduler& scheduler, Host& host, TierFactory& tiers, const RuntimeConfig& config = {});
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  /// Kills and removes everything. No other call may be going on.
  ~Runtime();
  /// Once, before everything else.
  [[nodiscard]] Status init();

  /// Decodes and validates a module or a compiled image; see Image::create. `bytes` are used in place until the image is removed.
  [[nodiscard]] Result<Handle> add_image(std::span<const uint8_t> bytes);
  /// InvalidArgument while containers use it.
  [[nodiscard]] Status remove_image(Handle image);

  /// NotFound for the image, InvalidArgument for a malformed grant or limit, LimitReached.
  [[nodiscard]] Result<Handle> create(Handle image, const Config& config);

  // All of these: NotFound for a handle that is none (any more), InvalidArgument when the container's state does not allow it.

  [[nodiscard]] Status start(Handle container);
  /// Waits until it stands still, or `deadline_ns`; it stops at its next loop, call or wait in any case.
  [[nodiscard]] Status pause(Handle container, uint64_t deadline_ns);
  [[nodiscard]] Status unpause(Handle container);
  /// Tells the guest to end, waits, kills it at `deadline_ns`.
  [[nodiscard]] Status stop(Handle container, uint64_t deadline_ns);
  /// Does not wait: see `wait`.
  [[nodiscard]] Status kill(Handle container);
  /// Ended for good, or removed, or never started: true. LimitReached is not an error here: false at the deadline.
  [[nodiscard]] Result<bool> wait(Handle container, uint64_t deadline_ns);
  /// `force`: kills it first if need be.
  [[nodiscard]] Status remove(Handle container, bool force = false);
  /// `sample_ns`: how long to wait for fresh usage numbers of a running container; 0: the last known.
  [[nodiscard]] Status inspect(Handle container, Snapshot& out, uint64_t sample_ns = 0);
  [[nodiscard]] Status write_backtrace(Handle container, const TextSink& sink);
  /// Tells `visit` of every import that takes a grant, what it takes, and whether the container has it.
  using ImportVisitor = void (*)(void* state, const wasm::Import& import, StringRef needs, bool granted);
  [[nodiscard]] Status visit_imports(Handle container, ImportVisitor visit, void* state);

  /// Fills `out` with handles; returns how many there are, which may be more.
  [[nodiscard]] size_t list(std::span<Handle> out);
  [[nodiscard]] size_t container_count();

  /// For the embedder's own messages; see Bus::publish.
  PublishResult publish(StringRef topic, StringRef content_type, StringRef payload);
  /// For drivers.
  [[nodiscard]] Devices& devices() { return *devices_; }
  [[nodiscard]] Bus& bus() { return *bus_; }
  [[nodiscard]] Allocator& allocator() const { return allocator_; }
  [[nodiscard]] uint64_t now_ns() { return host_.clock().now_ns(); }

 private:
  class Pin;
  void destroy_all();

  Allocator& allocator_;
  Scheduler& scheduler_;
  Host& host_;
  TierFactory& tiers_;
  const RuntimeConfig config_;
  Monitor* lock_ = nullptr;  ///< guards the tables, images' users and containers' pins
  Monitor* bus_lock_ = nullptr;
  Monitor* device_lock_ = nullptr;
  Monitor* volume_lock_ = nullptr;
  Bus* bus_ = nullptr;
  Devices* devices_ = nullptr;
  VolumeTable* volumes_ = nullptr;
  Environment* environment_ = nullptr;
  HandleTable<Image> images_;
  HandleTable<Container> containers_;
};

}  // namespace umber::container
