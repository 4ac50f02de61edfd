#include "container/config.h"

namespace umber::container {

bool OwnedConfig::copy_text(StringRef& text) {
  char* copy = arena_.allocate_array<char>(text.size() + 1);
  if (copy == nullptr) return false;
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = 0;
  text = {copy, text.size()};
  return true;
}

bool OwnedConfig::copy_texts() {
  if (config_.hostname.empty()) config_.hostname = config_.name;
  if (!copy_text(config_.name) || !copy_text(config_.hostname) || !copy_text(config_.entry)) return false;
  auto* args = arena_.allocate_array<StringRef>(config_.args.size());
  auto* grants = arena_.allocate_array<StringRef>(config_.grants.size());
  auto* variables = arena_.allocate_array<Variable>(config_.environment.size());
  auto* blobs = arena_.allocate_array<Blob>(config_.blobs.size());
  if (args == nullptr || grants == nullptr || variables == nullptr || blobs == nullptr) return false;
  for (size_t i = 0; i < config_.args.size(); ++i)
    if (!copy_text(*new (args + i) StringRef(config_.args[i]))) return false;
  for (size_t i = 0; i < config_.grants.size(); ++i)
    if (!copy_text(*new (grants + i) StringRef(config_.grants[i]))) return false;
  for (size_t i = 0; i < config_.environment.size(); ++i) {
    auto* variable = new (variables + i) Variable(config_.environment[i]);
    if (!copy_text(variable->name) || !copy_text(variable->value)) return false;
  }
  for (size_t i = 0; i < config_.blobs.size(); ++i)
    if (!copy_text((new (blobs + i) Blob(config_.blobs[i]))->path)) return false;
  config_.args = {args, config_.args.size()};
  config_.grants = {grants, config_.grants.size()};
  config_.environment = {variables, config_.environment.size()};
  config_.blobs = {blobs, config_.blobs.size()};
  return true;
}

Status OwnedConfig::copy(const Config& config) {
  config_ = config;
  if (!copy_texts()) return Error::out_of_memory("a container's configuration");
  if (!grants_.reserve(config_.grants.size())) return Error::out_of_memory("permissions");
  for (const StringRef& grant : config_.grants) UMBER_TRY(grants_.add(grant));
  const Limits& limits = config_.limits;
  if (limits.stack_bytes < 1024 || limits.inbox.max_events == 0 || limits.inbox.max_events > 65'536 || limits.open_files < 3)
    return Error::of(ErrorCode::InvalidArgument, "limits: the stack must be 1 KiB or more, events 1 to 65536, files 3 or more");
  if (limits.cpu_weight < 10 || limits.cpu_weight > 1000)
    return Error::of(ErrorCode::InvalidArgument, "limits: the weight must be 10 to 1000");
  if (grants_.max_timers() < limits.inbox.max_timers) config_.limits.inbox.max_timers = grants_.max_timers();
  return {};
}

}  // namespace umber::container
