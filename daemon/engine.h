// The daemon's heart: the container runtime, and what makes it last: images, logs and one record per container on disk. A record says
// whether its container should run; it is written before anything happens, so after a crash or a power cut the same set comes up.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "container/native_factory.h"
#include "container/simulator.h"
#include "daemon/events.h"
#include "daemon/image_store.h"
#include "daemon/log_store.h"
#include "daemon/record.h"
#include "ports/linux/platform.h"
#include "ports/linux/scheduler.h"
#include "ports/containers/container_host.h"

namespace umber::daemon {

/// Thread-safe. Containers are named by id, unambiguous beginning of an id, or name. Failure 404, 409 (wrong state), 400.
class Engine final : public container::Observer {
 public:
  /// Creates the folders, reads the records, starts what should run.
  explicit Engine(const fs::path& root);
  /// Ends all containers; what should run is not changed by that.
  ~Engine();

  [[nodiscard]] ImageStore& images() { return images_; }
  [[nodiscard]] EventStream& events() { return events_; }
  void remove_image(const std::string& name);

  Json create(const Json& request);
  void start(const std::string& name);
  void stop(const std::string& name, uint64_t grace_ms);
  void kill(const std::string& name);
  void pause(const std::string& name);
  void unpause(const std::string& name);
  void remove(const std::string& name, bool force);
  /// {"image", "probation_ms", "grace_ms"}: replaces what it runs; see update.h. Failure 400, 404, 409 leave it as it was.
  Json update(const std::string& name, const Json& request);
  /// Back to what it ran before the last update.
  Json rollback(const std::string& name, uint64_t grace_ms);
  /// Waits for the end; null when it is still running after `patience_ms`.
  Json wait(const std::string& name, uint64_t patience_ms);
  [[nodiscard]] Json list();
  [[nodiscard]] Json inspect(const std::string& name);
  [[nodiscard]] Json stats(const std::string& name);
  /// See LogFile::read.
  std::string read_log(const std::string& name, const std::string& since, uint64_t& position);
  /// Plays the world: {"gpio": "1/2", "level": true} or {"sensor": "name", "value": 1.5}; {"topic", "payload"} publishes.
  Json play(const Json& request);

  void state_changed(container::Handle container, container::State from, container::State to, const container::ExitRecord& exit) override;

 private:
  struct LoadedImage {
    Mapping file;
    container::Handle handle = container::kNoHandle;
    uint32_t users = 0;
  };
  using MappingPtr = std::shared_ptr<Mapping>;
  /// A container of the runtime's, and what it stands on.
  struct Made {
    container::Handle handle = container::kNoHandle;
    std::string runs;
    std::vector<MappingPtr> blobs;
  };
  struct Entry {
    explicit Entry(const Json& description) : id(description.value("id", "")), name(description.value("name", "")), record(description) {}

    const std::string id, name;
    std::mutex replacing;  ///< held while it is replaced or removed; before all others
    std::mutex mutex;  ///< guards the record and orders start against what the watcher writes
    Json record;
    bool is_removed = false;    ///< its record is gone from disk and must not come back
    bool is_replacing = false;  ///< its end is no end: something else will run at once
    std::atomic<container::Handle> handle = container::kNoHandle;
    std::string runs;           ///< digest of what it runs: the compiled form, or the module
    std::vector<MappingPtr> blobs;
    std::vector<std::string> pinned;  ///< digests that an update under way needs; guarded by mutex_
    std::unique_ptr<LogFile> log;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  /// An update that is to prove itself until then.
  struct Probation {
    std::weak_ptr<Entry> entry;
    container::Handle handle;
    std::chrono::steady_clock::time_point end;
  };
  struct Change {
    container::Handle handle;
    container::State to;
    container::ExitRecord exit;
  };

  static void take_output(void* entry, int stream, const uint8_t* bytes, size_t size);
  [[nodiscard]] EntryPtr find(const std::string& name);
  EntryPtr add(const Json& record);
  container::Handle use_image(const std::string& digest);
  container::Handle choose_image(const Json& record, std::string& runs);
  std::vector<MappingPtr> map_blobs(const Json& record, std::vector<container::Blob>& out);
  Made make(Entry& entry, const Json& record);
  void start_locked(const EntryPtr& entry);
  void release_image(const std::string& digest);
  void persist(const Entry& entry);
  void set_desired(Entry& entry, bool running);
  void restore();
  EntryPtr restore_one(Json record);
  void replace(const EntryPtr& entry, Json record, uint64_t grace_ms);
  void take_back(const EntryPtr& entry, const std::string& why, uint64_t grace_ms);
  void begin_probation(const EntryPtr& entry);
  void end_probations();
  void prove(const EntryPtr& entry, container::Handle handle);
  void tell(const char* event, const Entry& entry, Json more = Json::object());
  void watch();
  void handle_change(const Change& change);
  bool record_change(Entry& entry, const Change& change);
  void undo_failed_update(const EntryPtr& entry, const Change& change);
  void settle();
  [[nodiscard]] container::Snapshot look(const Entry& entry, uint64_t sample_ns = 0);
  [[nodiscard]] Json describe(Entry& entry, uint64_t sample_ns = 0);

  const fs::path root_;
  const std::string volume_root_;
  linux_port::Platform platform_;
  linux_port::ThreadScheduler scheduler_;
  posix::ContainerHost host_;
  container::NativeFactory tiers_{scheduler_};
  container::SimulatedPins pins_;
  container::SimulatedSensors sensors_;
  ImageStore images_;
  EventStream events_;

  std::mutex structure_;  ///< held while containers are made and removed; before those below
  std::mutex mutex_;  ///< guards the maps
  std::map<std::string, EntryPtr> entries_;  ///< by id
  std::map<std::string, LoadedImage> loaded_;  ///< by digest
  std::map<std::string, std::weak_ptr<Mapping>> mapped_blobs_;  ///< by digest

  std::mutex changes_mutex_;
  std::condition_variable changes_added_;
  std::condition_variable changes_settled_;
  std::deque<Change> changes_;
  std::vector<Probation> probations_;
  uint64_t changes_seen_ = 0, changes_done_ = 0;
  uint32_t undoing_ = 0;  ///< threads that take failed updates back
  bool closing_ = false;
  std::unique_ptr<container::Runtime> runtime_;
  std::thread watcher_;
};

}  // namespace umber::daemon
