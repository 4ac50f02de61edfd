#include "daemon/record.h"

#include <algorithm>

#include "base/nearest_word.h"

namespace umber::daemon {

using container::Limits;
using container::Restart;
using container::RestartPolicy;

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kDefaultLogBytes = 1 << 20;

/// A field of the description: its name and what it is if it is missing.
struct Field {
  const char* name;
  Json::value_t type;
};
constexpr Field kFields[] = {
    {"name", Json::value_t::string}, {"image", Json::value_t::string},      {"entry", Json::value_t::string},
    {"args", Json::value_t::array},  {"env", Json::value_t::array},         {"permissions", Json::value_t::array},
    {"limits", Json::value_t::object}, {"restart", Json::value_t::string},
};

constexpr const char* kLimits[] = {"memory_bytes", "table_elements", "heap_bytes", "stack_bytes", "host_bytes",  "fuel",
                                   "run_time_ms",  "open_files", "sockets", "volume_bytes", "volume_files",     "queue_events", "queue_bytes", "log_bytes", "cpu_weight", "priority"};

[[noreturn]] void unknown(const std::string& what, const std::string& name, const std::vector<StringRef>& known) {
  NearestWord nearest(name);
  for (const StringRef& each : known) nearest.offer(each);
  const StringRef near = nearest.best();
  std::string sentence = "unknown " + what + " \"" + name + "\"";
  if (!near.empty()) sentence += "; did you mean \"" + std::string(near.data(), near.size()) + "\"?";
  throw Failure(400, sentence);
}

void check_limits(const Json& limits) {
  for (const auto& [key, value] : limits.items()) {
    const bool known = std::any_of(std::begin(kLimits), std::end(kLimits), [&](const char* each) { return key == each; });
    if (!known) unknown("limit", key, {std::begin(kLimits), std::end(kLimits)});
    const bool is_priority = key == "priority" && (value == "low" || value == "normal" || value == "high");
    if (!is_priority && (key == "priority" || !value.is_number_unsigned()))
      throw Failure(400, "limit \"" + key + "\" has a value that it cannot have: " + value.dump());
  }
}

RestartPolicy parse_restart(const std::string& text) {
  RestartPolicy policy;
  if (text == "no") return policy;
  if (text == "always") {
    policy.when = Restart::Always;
    return policy;
  }
  policy.when = Restart::OnFailure;
  if (text == "on-failure") return policy;
  const std::string prefix = "on-failure:";
  if (text.starts_with(prefix) && text.size() > prefix.size() && text.size() < prefix.size() + 7 &&
      text.find_first_not_of("0123456789", prefix.size()) == std::string::npos) {
    policy.max_restarts = static_cast<uint32_t>(std::stoul(text.substr(prefix.size())));
    return policy;
  }
  throw Failure(400, "unknown restart policy \"" + text + "\"; known are no, on-failure, on-failure:N, always");
}

Limits limits_of(const Json& json) {
  Limits limits;
  const auto take = [&](const char* name, auto& value, uint64_t scale = 1) {
    if (!json.contains(name)) return;
    using Value = std::remove_reference_t<decltype(value)>;
    const uint64_t wanted = json[name].get<uint64_t>();
    if (wanted > std::numeric_limits<Value>::max() / scale) throw Failure(400, std::string("limit \"") + name + "\" is too large");
    value = static_cast<Value>(wanted * scale);
  };
  take("memory_bytes", limits.memory_bytes);
  take("table_elements", limits.table_elements);
  take("heap_bytes", limits.heap_bytes);
  take("stack_bytes", limits.stack_bytes);
  take("host_bytes", limits.host_bytes);
  take("fuel", limits.fuel);
  take("run_time_ms", limits.run_time_ns, kNsPerMs);
  take("open_files", limits.open_files);
  take("sockets", limits.sockets);
  take("volume_bytes", limits.volume.bytes);
  take("volume_files", limits.volume.files);
  take("cpu_weight", limits.cpu_weight);
  take("queue_events", limits.inbox.max_events);
  take("queue_bytes", limits.inbox.max_bytes);
  const std::string priority = json.value("priority", "normal");
  limits.priority = priority == "low" ? container::Priority::Low : priority == "high" ? container::Priority::High : container::Priority::Normal;
  return limits;
}

std::string text_of(StringRef text) { return {text.data(), text.size()}; }

void check_type(const Json& value, const Field& field) {
  if (value.type() != field.type) throw Failure(400, std::string("\"") + field.name + "\" has the wrong type");
  if (field.type != Json::value_t::array) return;
  for (const Json& each : value)
    if (!each.is_string()) throw Failure(400, std::string("\"") + field.name + "\" is a list of texts");
}

/// What it may do, what it may use up, and when it comes back.
void check_terms(const Json& record) {
  check_limits(record["limits"]);
  (void)limits_of(record["limits"]);
  (void)parse_restart(record["restart"]);
  for (const Json& each : record["permissions"]) {
    const Result<container::Grant> grant = container::parse_grant(each.get<std::string>());
    if (!grant.ok()) throw Failure(400, text_of(grant.error().text()));
  }
}

}  // namespace

Json checked_description(const Json& request) {
  if (!request.is_object()) throw Failure(400, "a container's description is a JSON object");
  std::vector<StringRef> known;
  for (const Field& field : kFields) known.emplace_back(field.name);
  for (const auto& [key, value] : request.items())
    if (std::none_of(known.begin(), known.end(), [&](StringRef each) { return each == StringRef(key); })) unknown("field", key, known);
  Json record = {{"entry", "_start"}, {"restart", "no"}};
  for (const Field& field : kFields) {
    if (request.contains(field.name)) record[field.name] = request[field.name];
    if (!record.contains(field.name)) record[field.name] = Json(field.type);
    check_type(record[field.name], field);
  }
  check_terms(record);
  return record;
}

void change_terms(Json& record, const Json& changes) {
  constexpr Field kChanges[] = {{"permit", Json::value_t::array}, {"revoke", Json::value_t::array}, {"limits", Json::value_t::object},
                                {"restart", Json::value_t::string}};
  for (const Field& field : kChanges)
    if (changes.contains(field.name)) check_type(changes[field.name], field);
  Json& permissions = record["permissions"];
  for (const Json& each : changes.value("revoke", Json::array())) {
    const auto found = std::find(permissions.begin(), permissions.end(), each);
    if (found == permissions.end()) {
      NearestWord nearest(each.get_ref<const std::string&>());
      for (const Json& granted : permissions) nearest.offer(granted.get_ref<const std::string&>());
      const std::string near = text_of(nearest.best());
      throw Failure(404, "it has no permission \"" + each.get<std::string>() + (near.empty() ? "\"" : "\"; did you mean \"" + near + "\"?"));
    }
    permissions.erase(found);
  }
  for (const Json& each : changes.value("permit", Json::array()))
    if (std::find(permissions.begin(), permissions.end(), each) == permissions.end()) permissions.push_back(each);
  const Json limits = changes.value("limits", Json::object());
  for (const auto& [key, value] : limits.items()) {
    if (!value.is_null()) {
      record["limits"][key] = value;
      continue;
    }
    check_limits({{key, key == "priority" ? Json("low") : Json(0u)}});  // the name
    record["limits"].erase(key);
  }
  if (changes.contains("restart")) record["restart"] = changes["restart"];
  check_terms(record);
}

uint64_t log_bytes_of(const Json& record) { return record.value("limits", Json::object()).value("log_bytes", kDefaultLogBytes); }

ConfigTexts::ConfigTexts(const Json& record)
    : name_(record.value("name", "")),
      entry_(record.value("entry", "_start")),
      args_(record.value("args", std::vector<std::string>())),
      grants_(record.value("permissions", std::vector<std::string>())) {
  if (args_.empty()) args_.push_back(name_);
  for (const std::string& variable : record.value("env", std::vector<std::string>())) {
    const size_t at = variable.find('=');
    names_.push_back(variable.substr(0, at));
    values_.push_back(at == std::string::npos ? "" : variable.substr(at + 1));
  }
  arg_refs_.assign(args_.begin(), args_.end());
  grant_refs_.assign(grants_.begin(), grants_.end());
  for (size_t i = 0; i < names_.size(); ++i) variables_.push_back({names_[i], values_[i]});
  config.name = name_;
  config.entry = entry_;
  config.args = arg_refs_;
  config.grants = grant_refs_;
  config.environment = variables_;
  config.limits = limits_of(record.value("limits", Json::object()));
  config.restart = parse_restart(record.value("restart", "no"));
}

Json json_of(const container::ExitRecord& exit) {
  Json json = {{"kind", text_of(container::text_of(exit.kind))}, {"code", container::shell_code(exit)}};
  if (!exit.message.empty()) json["message"] = text_of(exit.message.str());
  return json;
}

Json json_of(const container::Snapshot& snapshot, uint64_t now_ns) {
  const container::Usage& usage = snapshot.usage;
  Json json = {{"state", text_of(container::text_of(snapshot.state))},
               {"restart_pending", snapshot.restart_pending},
               {"restarts", snapshot.restarts},
               {"usage",
                {{"memory_bytes", usage.memory_bytes},
                 {"host_bytes", usage.host_bytes},
                 {"host_bytes_peak", usage.host_bytes_peak},
                 {"fuel", usage.fuel},
                 {"host_calls", usage.host_calls},
                 {"queue_events", usage.inbox.events},
                 {"queue_bytes", usage.inbox.bytes},
                 {"queue_dropped", usage.inbox.dropped},
                 {"volume_bytes", usage.volumes.bytes},
                 {"volume_files", usage.volumes.files}}}};
  if (container::is_live(snapshot.state)) json["up_ms"] = (now_ns - snapshot.started_ns) / kNsPerMs;
  if (snapshot.exit.kind != container::ExitKind::None) json["exit"] = json_of(snapshot.exit);
  return json;
}

}  // namespace umber::daemon
