#include "daemon/update.h"

#include <algorithm>
#include <optional>

#include "daemon/engine.h"

namespace umber::daemon {

using container::Handle;

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kDefaultProbationMs = 10'000;
constexpr uint64_t kLongestProbationMs = 24ull * 60 * 60 * 1000;

/// What an update may change in a record: what belongs to the image, and the terms. "given": which of entry, args and env the client said
/// itself.
constexpr const char* kUpdateKeys[] = {"image", "module", "compiled", "manifest", "blobs", "entry", "args", "env", "permissions", "limits", "restart"};
constexpr const char* kRequestKeys[] = {"image", "permit", "revoke", "limits", "restart", "probation_ms", "grace_ms"};
constexpr const char* kWishes[] = {"entry", "args", "env"};

}  // namespace

Json wishes_of(const ImageInfo& image) {
  const Json wishes = Json::parse(image.manifest.value("annotations", Json::object()).value("dev.umber.config", "{}"), nullptr, false);
  return wishes.is_object() ? wishes : Json::object();
}

void set_image(Json& record, const ImageInfo& image, const Json& given) {
  const Json wishes = wishes_of(image);
  const Json defaults = {{"entry", "_start"}, {"args", Json::array()}, {"env", Json::array()}};
  Json said = Json::array();
  for (const char* key : kWishes) {
    if (given.contains(key))
      said.push_back(key);
    else
      record[key] = wishes.value(key, defaults[key]);
  }
  record["given"] = said;
  record["image"] = image.name;
  record["module"] = image.module_digest;
  record["compiled"] = image.compiled_digest();
  record["manifest"] = image.manifest_digest;
  record["blobs"] = Json::array();
  for (const BlobLayer& each : image.blobs) record["blobs"].push_back({{"path", each.path}, {"digest", each.digest}, {"size", each.size}});
}

/// An update during probation keeps what was proven last.
Json updated(const Json& record, const ImageInfo* image, const Json& changes, uint64_t probation_ms) {
  Json next = record;
  if (!is_on_probation(record)) {
    next["previous"] = Json::object();
    for (const char* key : kUpdateKeys) next["previous"][key] = record.value(key, Json());
  }
  if (image != nullptr) {
    Json given = Json::object();
    for (const Json& key : record.value("given", Json(kWishes))) given[key.get<std::string>()] = true;
    set_image(next, *image, given);
  }
  change_terms(next, changes);
  next["update"] = {{"state", "probation"}, {"image", next["image"]}, {"previous", next["previous"]["image"]}, {"probation_ms", probation_ms}, {"time", timestamp()}};
  next.erase("exit");
  return next;
}

Json taken_back(const Json& record, const std::string& why) {
  if (!record.contains("previous")) throw Failure(409, record.value("name", "") + " has nothing to go back to: it was not updated");
  Json next = record;
  for (const auto& [key, value] : record["previous"].items()) next[key] = value;
  next.erase("previous");
  next.erase("exit");
  next["update"] = {{"state", "rolled-back"}, {"image", record["image"]}, {"previous", next["image"]}, {"time", timestamp()}, {"message", why}};
  return next;
}

bool is_on_probation(const Json& record) { return record.contains("update") && record["update"].value("state", "") == "probation"; }

void set_proven(Json& record) { record["update"]["state"] = "proven"; }

void collect_needed(const Json& record, std::vector<std::string>& out) {
  for (const char* each : {"module", "compiled", "manifest"}) out.push_back(record.value(each, ""));
  for (const Json& each : record.value("blobs", Json::array())) out.push_back(each.value("digest", ""));
  if (record.contains("previous")) collect_needed(record["previous"], out);
}

// -- The engine's part ----------------------------------------------------------------------------------------------------

Json Engine::update(const std::string& name, const Json& request) {
  if (!request.is_object()) throw Failure(400, "an update is a JSON object");
  bool changes = false;
  for (const auto& [key, value] : request.items()) {
    if (std::find(std::begin(kRequestKeys), std::end(kRequestKeys), key) == std::end(kRequestKeys)) throw Failure(400, "unknown field \"" + key + "\"");
    changes |= key != "probation_ms" && key != "grace_ms";
  }
  if (!changes) throw Failure(400, "an update names an image, or permissions, limits or a restart policy to change");
  const uint64_t probation_ms = request.value("probation_ms", kDefaultProbationMs);
  if (probation_ms > kLongestProbationMs) throw Failure(400, "a probation lasts a day at most");
  const EntryPtr entry = find(name);
  const std::lock_guard replacing_lock(entry->replacing);
  std::optional<ImageInfo> image;
  if (request.contains("image")) image = images_.find(request.value("image", ""));
  Json next;
  {
    const std::lock_guard lock(entry->mutex);
    next = updated(entry->record, image ? &*image : nullptr, request, probation_ms);
  }
  replace(entry, std::move(next), request.value("grace_ms", uint64_t{10'000}));
  const std::lock_guard lock(entry->mutex);
  tell("updated", *entry, {{"image", entry->record["image"]}});
  return {{"id", entry->id}, {"name", entry->name}, {"running", entry->record["running"]}, {"update", entry->record["update"]}};
}

Json Engine::rollback(const std::string& name, uint64_t grace_ms) {
  const EntryPtr entry = find(name);
  const std::lock_guard replacing_lock(entry->replacing);
  take_back(entry, "asked for", grace_ms);
  const std::lock_guard lock(entry->mutex);
  return {{"id", entry->id}, {"name", entry->name}, {"running", entry->record["running"]}, {"update", entry->record["update"]}};
}

/// With entry->replacing held.
void Engine::take_back(const EntryPtr& entry, const std::string& why, uint64_t grace_ms) {
  Json next;
  {
    const std::lock_guard lock(entry->mutex);
    next = taken_back(entry->record, why);
  }
  replace(entry, std::move(next), grace_ms);
  tell("rolled-back", *entry, {{"message", why}});
}

/// Ends what runs and starts what the new record says, if it should run. What cannot be made fails before anything is changed; the one
/// write of the record decides which of the two comes up after a crash. With entry->replacing held, so that
/// it is not removed meanwhile; a rm of its image's name leaves the blobs that are pinned.
void Engine::replace(const EntryPtr& entry, Json record, uint64_t grace_ms) {
  Made made;
  {
    const std::lock_guard lock(mutex_);
    made = make(*entry, record);
    collect_needed(record, entry->pinned);
  }
  {
    const std::lock_guard lock(entry->mutex);
    entry->is_replacing = true;
  }
  const Handle old = entry->handle;
  // One that has not begun or has ended need not be stopped.
  (void)runtime_->stop(old, runtime_->now_ns() + grace_ms * kNsPerMs);
  {
    const std::lock_guard lock(entry->mutex);
    entry->is_replacing = false;
    record["running"] = entry->record.value("running", false);
    std::swap(entry->record, record);
    try {
      persist(*entry);
    } catch (const Failure&) {
      std::swap(entry->record, record);
      (void)runtime_->remove(made.handle, true);
      if (entry->record.value("running", false)) (void)runtime_->start(old);
      throw;
    }
    entry->handle = made.handle;
    std::swap(entry->runs, made.runs);
    std::swap(entry->blobs, made.blobs);
    entry->log->set_limit(log_bytes_of(entry->record));
    if (entry->record.value("running", false)) start_locked(entry);
  }
  (void)runtime_->remove(old, true);
  const std::lock_guard lock(mutex_);
  entry->pinned.clear();
  release_image(made.runs);
}

/// What is on probation and cannot even be loaded goes back to what it was.
Engine::EntryPtr Engine::restore_one(Json record) {
  try {
    return add(record);
  } catch (const Failure& failure) {
    if (!is_on_probation(record)) throw;
    const EntryPtr entry = add(taken_back(record, failure.what()));
    const std::lock_guard lock(entry->mutex);
    persist(*entry);
    tell("rolled-back", *entry, {{"message", failure.what()}});
    return entry;
  }
}

/// With the entry's mutex held.
void Engine::begin_probation(const EntryPtr& entry) {
  const auto length = std::chrono::milliseconds(entry->record["update"].value("probation_ms", kDefaultProbationMs));
  const std::lock_guard lock(changes_mutex_);
  probations_.push_back({entry, entry->handle, std::chrono::steady_clock::now() + length});
  changes_added_.notify_all();
}

/// On the watcher's thread, when no change waits to be looked at.
void Engine::end_probations() {
  std::vector<Probation> over;
  {
    const std::lock_guard lock(changes_mutex_);
    const auto now = std::chrono::steady_clock::now();
    const auto first = std::partition(probations_.begin(), probations_.end(), [&](const Probation& each) { return each.end > now; });
    std::move(first, probations_.end(), std::back_inserter(over));
    probations_.erase(first, probations_.end());
  }
  for (const Probation& each : over)
    if (const EntryPtr entry = each.entry.lock()) prove(entry, each.handle);
}

/// It has run for long enough, unless it was stopped or replaced meanwhile.
void Engine::prove(const EntryPtr& entry, Handle handle) {
  const std::lock_guard lock(entry->mutex);
  if (entry->handle != handle || !is_on_probation(entry->record) || !entry->record.value("running", false)) return;
  set_proven(entry->record);
  persist(*entry);
  tell("update-proven", *entry);
}

/// In a thread of its own: an update or removal that is under way may take as long as the grace that it gives.
void Engine::undo_failed_update(const EntryPtr& entry, const Change& change) {
  {
    const std::lock_guard lock(changes_mutex_);
    ++undoing_;
  }
  std::thread([this, entry, change] {
    try {
      const std::lock_guard replacing_lock(entry->replacing);
      const Json end = json_of(change.exit);
      const std::string how = end.contains("message") ? ": " + end.value("message", "") : " with code " + std::to_string(end.value("code", 0));
      if (entry->handle == change.handle && !entry->is_removed) take_back(entry, end.value("kind", "") + how, 0);
    } catch (const std::exception& error) {
      events_.add(Json{{"time", timestamp()}, {"event", "error"}, {"message", error.what()}}.dump());
    }
    const std::lock_guard lock(changes_mutex_);
    --undoing_;
    changes_settled_.notify_all();
  }).detach();
}

void Engine::tell(const char* event, const Entry& entry, Json more) {
  more.update({{"time", timestamp()}, {"event", event}, {"id", entry.id}, {"name", entry.name}});
  events_.add(more.dump());
}

}  // namespace umber::daemon
