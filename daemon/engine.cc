#include "daemon/engine.h"

#include <algorithm>
#include <cstring>

#include "daemon/update.h"

namespace umber::daemon {

using container::Handle;
using container::kNoHandle;
using container::State;

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;

std::string text_of(StringRef text) { return {text.data(), text.size()}; }

/// The status that a client sees for an error of the core.
void check(const Status& status) {
  if (status.ok()) return;
  int http = 500;
  switch (status.error().code()) {
    case ErrorCode::NotFound: http = 404; break;
    case ErrorCode::InvalidArgument: http = 409; break;
    case ErrorCode::Malformed:
    case ErrorCode::Invalid:
    case ErrorCode::Unsupported: http = 400; break;
    default: break;
  }
  throw Failure(http, text_of(status.error().message().str()));
}

/// Of an image that the runtime has taken.
bool counts_fuel(std::span<const uint8_t> bytes) {
  aot::ImageHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return (header.flags & aot::kImageBudget) != 0;
}

void add_import(void* list, const wasm::Import& import, StringRef needs, bool granted) {
  static_cast<Json*>(list)->push_back(
      {{"module", text_of(import.module)}, {"name", text_of(import.name)}, {"needs", text_of(needs)}, {"granted", granted}});
}

template <class T>
T checked(Result<T> result) {
  check(result.ok() ? Status() : Status(result.error()));
  return std::move(result).value();
}

}  // namespace

Engine::Engine(const fs::path& root)
    : root_(root),
      volume_root_((root / "volumes").string()),
      scheduler_(platform_.allocator),
      host_(platform_.allocator, platform_.clock, &platform_.virtual_memory, volume_root_.c_str()),
      images_(root) {
  for (const char* folder : {"containers", "logs", "volumes"}) fs::create_directories(root_ / folder);
  remove_temporaries(root_ / "containers");
  sensors_.add_samples();
  container::RuntimeConfig config;
  config.gpio = &pins_;
  config.sensors = &sensors_;
  config.observer = this;
  runtime_ = std::make_unique<container::Runtime>(platform_.allocator, scheduler_, host_, tiers_, config);
  check(runtime_->init());
  watcher_ = std::thread([this] { watch(); });
  restore();
}

Engine::~Engine() {
  {
    const std::lock_guard lock(changes_mutex_);
    closing_ = true;
    changes_added_.notify_all();
    changes_settled_.notify_all();
  }
  watcher_.join();
  {
    std::unique_lock lock(changes_mutex_);
    changes_settled_.wait(lock, [&] { return undoing_ == 0; });
  }
  runtime_.reset();
}

// -- What lasts -----------------------------------------------------------------------------------------------------------

/// With the entry's mutex held.
void Engine::persist(const Entry& entry) {
  if (!entry.is_removed) write_durably(root_ / "containers" / (entry.id + ".json"), entry.record.dump(1));
}

/// With the entry's mutex held.
void Engine::set_desired(Entry& entry, bool running) {
  if (entry.record.value("running", false) == running) return;
  entry.record["running"] = running;
  persist(entry);
}

void Engine::restore() {
  for (const fs::directory_entry& file : fs::directory_iterator(root_ / "containers")) {
    try {
      const Bytes bytes = read_file(file.path());
      const EntryPtr entry = restore_one(Json::parse(bytes.begin(), bytes.end()));
      const std::lock_guard lock(entry->mutex);
      if (entry->record.value("running", false)) start_locked(entry);
    } catch (const std::exception& error) {
      // One container that cannot come up must not keep the others from it.
      events_.add(Json{{"time", timestamp()}, {"event", "restore-failed"}, {"file", file.path().filename()}, {"message", error.what()}}.dump());
    }
  }
}

// -- Images in memory -----------------------------------------------------------------------------------------------------

/// With mutex_ held.
Handle Engine::use_image(const std::string& digest) {
  LoadedImage& image = loaded_[digest];
  if (image.users == 0 && image.handle == kNoHandle) {
    try {
      image.file = Mapping(images_.blob_path(digest));
      if (digest_of(image.file.bytes()) != digest) throw Failure(500, "the stored blob " + digest + " is damaged");
      if (aot::is_image(image.file.bytes())) image.file.make_executable();
      image.handle = checked(runtime_->add_image(image.file.bytes()));
    } catch (...) {
      loaded_.erase(digest);
      throw;
    }
  }
  ++image.users;
  return image.handle;
}

/// The compiled form where it fits this machine, else the module; `runs` says which. With mutex_ held.
Handle Engine::choose_image(const Json& record, std::string& runs) {
  const std::string compiled = record.value("compiled", ""), module = record.value("module", "");
  if (!compiled.empty()) {
    try {
      const bool needs_fuel = record.value("limits", Json::object()).contains("fuel");
      const Handle handle = use_image(compiled);
      runs = compiled;
      if (!needs_fuel || module.empty() || counts_fuel(loaded_[compiled].file.bytes())) return handle;
      release_image(compiled);
      throw Failure(400, "the compiled form counts no fuel");
    } catch (const Failure& failure) {
      if (module.empty()) throw;
      events_.add(Json{{"time", timestamp()}, {"event", "interpreted"}, {"id", record["id"]}, {"name", record["name"]}, {"message", failure.what()}}.dump());
    }
  }
  runs = module;
  return use_image(module);
}

/// With mutex_ held.
void Engine::release_image(const std::string& digest) {
  const auto found = loaded_.find(digest);
  if (found == loaded_.end() || --found->second.users > 0) return;
  // The runtime may hold on to it for a moment: then it stays, to be used again.
  if (runtime_->remove_image(found->second.handle).ok()) loaded_.erase(found);
}

void Engine::remove_image(const std::string& name) {
  const ImageInfo image = images_.find(name);
  std::vector<std::string> kept;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    const std::lock_guard entry_lock(entry->mutex);
    collect_needed(entry->record, kept);
    kept.insert(kept.end(), entry->pinned.begin(), entry->pinned.end());
    if (entry->record.value("image", "") == name)
      throw Failure(409, "the image " + name + " is used by the container " + entry->name);
  }
  images_.remove(name, kept);
}

// -- Containers -----------------------------------------------------------------------------------------------------------

Engine::EntryPtr Engine::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  EntryPtr found;
  for (const auto& [id, entry] : entries_) {
    if (id == name || entry->name == name) return entry;
    if (name.size() < 2 || !id.starts_with(name)) continue;
    if (found != nullptr) throw Failure(409, "more than one container begins with " + name);
    found = entry;
  }
  if (found == nullptr) throw Failure(404, "no such container: " + name);
  return found;
}

void Engine::take_output(void* entry, int stream, const uint8_t* bytes, size_t size) {
  static_cast<Entry*>(entry)->log->append(stream, {bytes, size});
}

/// Makes the runtime's container of a record.
Engine::EntryPtr Engine::add(const Json& record) {
  auto entry = std::make_shared<Entry>(record);
  entry->log = std::make_unique<LogFile>(root_ / "logs" / (entry->id + ".log"), log_bytes_of(entry->record));
  const std::lock_guard lock(mutex_);
  for (const auto& [other, each] : entries_)
    if (each->name == entry->name) throw Failure(409, "there is a container " + entry->name + " already");
  Made made = make(*entry, entry->record);
  entry->handle = made.handle;
  entry->runs = std::move(made.runs);
  entry->blobs = std::move(made.blobs);
  entries_[entry->id] = entry;
  return entry;
}

/// With mutex_ held.
std::vector<Engine::MappingPtr> Engine::map_blobs(const Json& record, std::vector<container::Blob>& out) {
  std::vector<MappingPtr> mappings;
  const Json& blobs = record.contains("blobs") ? record["blobs"] : Json::array();
  for (const Json& each : blobs) {
    const std::string& digest = each["digest"].get_ref<const std::string&>();
    MappingPtr mapping = mapped_blobs_[digest].lock();
    if (mapping == nullptr) {
      mapping = std::make_shared<Mapping>(images_.blob_path(digest));
      if (digest_of(mapping->bytes()) != digest) throw Failure(500, "the stored blob " + digest + " is damaged");
      mapped_blobs_[digest] = mapping;
    }
    mappings.push_back(mapping);
    out.push_back({each["path"].get_ref<const std::string&>(), mapping->bytes()});
  }
  std::erase_if(mapped_blobs_, [](const auto& each) { return each.second.expired(); });
  return mappings;
}

/// A container of the runtime's for what the record says, whatever else the entry has. With mutex_ held.
Engine::Made Engine::make(Entry& entry, const Json& record) {
  // Whoever removed the image a moment ago could not know of us yet.
  for (const char* each : {"module", "compiled"})
    if (const std::string digest = record.value(each, ""); !digest.empty() && !fs::exists(images_.blob_path(digest)))
      throw Failure(404, "the image of " + record.value("name", "") + " is gone");
  ConfigTexts texts(record);
  texts.config.output = &Engine::take_output;
  texts.config.output_state = &entry;
  std::vector<container::Blob> blobs;
  Made made;
  made.blobs = map_blobs(record, blobs);
  texts.config.blobs = blobs;
  const Result<Handle> created = runtime_->create(choose_image(record, made.runs), texts.config);
  if (!created.ok()) {
    release_image(made.runs);
    check(created.error());
  }
  made.handle = created.value();
  return made;
}

/// What the image wishes for is taken where the client says nothing, except permissions: those only the client gives.
Json Engine::create(const Json& request) {
  Json record = checked_description(request);
  const ImageInfo image = images_.find(record.value("image", ""));
  record["id"] = random_hex(6);
  if (record.value("name", "").empty()) record["name"] = record["id"];
  if (!is_name(record.value("name", ""), false)) throw Failure(400, "not a name for a container: " + record.value("name", ""));
  set_image(record, image, request);
  record["created"] = timestamp();
  record["running"] = false;
  const std::lock_guard structure_lock(structure_);
  const EntryPtr entry = add(record);
  {
    const std::lock_guard lock(entry->mutex);
    persist(*entry);
  }
  tell("created", *entry);
  return {{"id", record["id"]}, {"name", record["name"]}};
}

void Engine::start(const std::string& name) {
  const EntryPtr entry = find(name);
  const std::lock_guard lock(entry->mutex);
  const bool before = entry->record.value("running", false);
  set_desired(*entry, true);
  try {
    start_locked(entry);
  } catch (const Failure&) {
    set_desired(*entry, before);
    throw;
  }
}

/// With the entry's mutex held.
void Engine::start_locked(const EntryPtr& entry) {
  check(runtime_->start(entry->handle));
  if (is_on_probation(entry->record)) begin_probation(entry);
}

void Engine::stop(const std::string& name, uint64_t grace_ms) {
  const EntryPtr entry = find(name);
  {
    const std::lock_guard lock(entry->mutex);
    set_desired(*entry, false);
  }
  check(runtime_->stop(entry->handle, runtime_->now_ns() + grace_ms * kNsPerMs));
  settle();
}

void Engine::kill(const std::string& name) {
  const EntryPtr entry = find(name);
  {
    const std::lock_guard lock(entry->mutex);
    set_desired(*entry, false);
  }
  check(runtime_->kill(entry->handle));
}

void Engine::pause(const std::string& name) {
  constexpr uint64_t kPatience = 1000 * kNsPerMs;
  check(runtime_->pause(find(name)->handle, runtime_->now_ns() + kPatience));
}

void Engine::unpause(const std::string& name) { check(runtime_->unpause(find(name)->handle)); }

void Engine::remove(const std::string& name, bool force) {
  const EntryPtr entry = find(name);
  const std::lock_guard replacing_lock(entry->replacing);
  const std::lock_guard structure_lock(structure_);
  check(runtime_->remove(entry->handle, force));
  {
    const std::lock_guard lock(entry->mutex);
    entry->is_removed = true;
    remove_durably(root_ / "containers" / (entry->id + ".json"));
  }
  entry->log->remove();
  const std::lock_guard lock(mutex_);
  entries_.erase(entry->id);
  release_image(entry->runs);
  tell("removed", *entry);
}

Json Engine::wait(const std::string& name, uint64_t patience_ms) {
  const EntryPtr entry = find(name);
  if (!checked(runtime_->wait(entry->handle, runtime_->now_ns() + patience_ms * kNsPerMs))) return nullptr;
  settle();
  return json_of(look(*entry).exit);
}

container::Snapshot Engine::look(const Entry& entry, uint64_t sample_ns) {
  container::Snapshot snapshot;
  check(runtime_->inspect(entry.handle, snapshot, sample_ns));
  return snapshot;
}

Json Engine::describe(Entry& entry, uint64_t sample_ns) {
  Json json = json_of(look(entry, sample_ns), runtime_->now_ns());
  const std::lock_guard lock(entry.mutex);
  for (const char* key : {"id", "name", "image", "created"}) json[key] = entry.record[key];
  // After a restart of the daemon the last end is known from the record alone.
  if (!json.contains("exit") && entry.record.contains("exit")) {
    json["exit"] = entry.record["exit"];
    if (json["state"] == "created") json["state"] = "exited";
  }
  return json;
}

Json Engine::list() {
  std::vector<EntryPtr> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) all.push_back(entry);
  }
  Json list = Json::array();
  for (const EntryPtr& entry : all) {
    try {
      list.push_back(describe(*entry));
    } catch (const Failure&) {
      // Removed meanwhile.
    }
  }
  return list;
}

Json Engine::inspect(const std::string& name) {
  const EntryPtr entry = find(name);
  Json json = describe(*entry);
  std::string backtrace;
  check(runtime_->write_backtrace(entry->handle, {[](void* state, StringRef text) {
                                                    static_cast<std::string*>(state)->append(text.data(), text.size());
                                                  },
                                                  &backtrace}));
  if (!backtrace.empty()) json["exit"]["backtrace"] = backtrace;
  json["imports"] = Json::array();
  check(runtime_->visit_imports(entry->handle, &add_import, &json["imports"]));
  const std::lock_guard lock(entry->mutex);
  for (const char* key : {"entry", "args", "env", "permissions", "limits", "restart", "module", "manifest"}) json[key] = entry->record[key];
  json["compiled"] = entry->record.value("compiled", "");
  json["runs"] = entry->runs;
  json["blobs"] = entry->record.value("blobs", Json::array());
  json["update"] = entry->record.value("update", Json());
  try {
    json["permissions_asked"] = wishes_of(images_.find(entry->record.value("image", ""))).value("permissions", Json::array());
  } catch (const Failure&) {
    json["permissions_asked"] = nullptr;
  }
  return json;
}

Json Engine::stats(const std::string& name) {
  constexpr uint64_t kSample = 20 * kNsPerMs;
  return describe(*find(name), kSample);
}

std::string Engine::read_log(const std::string& name, const std::string& since, uint64_t& position) {
  return find(name)->log->read(since, position);
}

Json Engine::play(const Json& request) {
  if (!request.is_object()) throw Failure(400, "what the world does is a JSON object");
  if (request.contains("topic")) {
    const auto result = runtime_->publish(request.value("topic", ""), request.value("content_type", "text/plain"), request.value("payload", ""));
    return {{"delivered", result.delivered}, {"full", result.full}};
  }
  bool known = false;
  if (request.contains("gpio")) {
    const Result<container::Grant> place = container::parse_grant("gpio:" + request.value("gpio", ""));
    if (!place.ok()) throw Failure(400, text_of(place.error().text()));
    known = pins_.set_input(runtime_->devices(), place.value().port, place.value().pin, request.value("level", false));
  } else {
    known = sensors_.set_value(request.value("sensor", ""), request.value("value", 0.0));
  }
  if (!known) throw Failure(404, "the simulated board has no such device");
  return Json::object();
}

// -- What happens by itself -----------------------------------------------------------------------------------------------

void Engine::state_changed(Handle handle, State, State to, const container::ExitRecord& exit) {
  if (to == State::Removed) return;  // `remove` tells of it, once nothing is left on disk
  const std::lock_guard lock(changes_mutex_);
  changes_.push_back({handle, to, exit});
  ++changes_seen_;
  changes_added_.notify_all();
}

void Engine::watch() {
  for (;;) {
    Change change;
    {
      std::unique_lock lock(changes_mutex_);
      const auto is_due = [&] { return closing_ || !changes_.empty(); };
      if (probations_.empty())
        changes_added_.wait(lock, [&] { return is_due() || !probations_.empty(); });
      else
        changes_added_.wait_until(lock, std::min_element(probations_.begin(), probations_.end(), [](const auto& a, const auto& b) { return a.end < b.end; })->end, is_due);
      if (closing_) return;
      if (changes_.empty()) {
        lock.unlock();
        end_probations();
        continue;
      }
      change = changes_.front();
      changes_.pop_front();
    }
    try {
      handle_change(change);
    } catch (const std::exception& error) {
      events_.add(Json{{"time", timestamp()}, {"event", "error"}, {"message", error.what()}}.dump());
    }
    const std::lock_guard lock(changes_mutex_);
    ++changes_done_;
    changes_settled_.notify_all();
  }
}

/// Until everything that has happened so far is on disk: whoever is told of an end finds it there, even after a crash.
void Engine::settle() {
  std::unique_lock lock(changes_mutex_);
  const uint64_t seen = changes_seen_;
  changes_settled_.wait(lock, [&] { return closing_ || changes_done_ >= seen; });
}

void Engine::handle_change(const Change& change) {
  EntryPtr entry;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, each] : entries_)
      if (each->handle == change.handle) entry = each;
  }
  if (entry == nullptr) return;
  bool has_failed = false;
  {
    const std::lock_guard lock(entry->mutex);
    has_failed = record_change(*entry, change);
  }
  if (has_failed) undo_failed_update(entry, change);
}

/// With the entry's mutex held. True: it ended so that an update that was on probation has failed.
bool Engine::record_change(Entry& entry, const Change& change) {
  Json event = {{"time", timestamp()}, {"event", text_of(container::text_of(change.to))}, {"id", entry.record["id"]}, {"name", entry.record["name"]}};
  bool has_failed = false;
  if (change.to == State::Exited) {
    entry.log->flush();
    entry.record["exit"] = json_of(change.exit);
    event["exit"] = entry.record["exit"];
    const bool is_wanted = entry.record.value("running", false) && !entry.is_replacing;
    has_failed = is_wanted && is_on_probation(entry.record) && !change.exit.is_success();
    const container::Snapshot now = look(entry);
    const bool is_over = now.state == State::Exited && !now.restart_pending && !entry.is_replacing && !has_failed;
    if (is_over) entry.record["running"] = false;
    if (is_over && is_wanted && is_on_probation(entry.record)) set_proven(entry.record);
    persist(entry);
  }
  events_.add(event.dump());
  return has_failed;
}

}  // namespace umber::daemon
