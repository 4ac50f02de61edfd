// The C face of the runtime: converts arguments and results, nothing else.
#include "container/runtime.h"
#include "container/umber_container.h"

using namespace umber;
using container::Runtime;

static_assert(UMBER_REMOVED == static_cast<int>(container::State::Removed));
static_assert(UMBER_EXIT_REFUSED == static_cast<int>(container::ExitKind::Refused));
static_assert(UMBER_RESTART_ALWAYS == static_cast<int>(container::Restart::Always));

namespace {

Runtime& of(umber_containers_t* containers) { return *reinterpret_cast<Runtime*>(containers); }

umber_result_t result_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::NotFound: return UMBER_NOT_FOUND;
    case ErrorCode::InvalidArgument: return UMBER_WRONG_STATE;
    case ErrorCode::OutOfMemory: return UMBER_NO_MEMORY;
    case ErrorCode::Malformed:
    case ErrorCode::Invalid:
    case ErrorCode::Unsupported: return UMBER_BAD_MODULE;
    case ErrorCode::LimitReached: return UMBER_LIMIT;
    default: return UMBER_FAILED;
  }
}

umber_result_t result_of(const Status& status) { return status.ok() ? UMBER_OK : result_of(status.error()); }

void copy_message(StringRef text, char* message, size_t size) {
  if (message == nullptr || size == 0) return;
  const StringRef cut = text.substr(0, size - 1);
  std::memcpy(message, cut.data(), cut.size());
  message[cut.size()] = 0;
}

umber_result_t hand_out(const Result<container::Handle>& made, umber_handle_t* out, char* message, size_t message_size) {
  *out = made.ok() ? made.value() : container::kNoHandle;
  if (made.ok()) return UMBER_OK;
  copy_message(made.error().message().str(), message, message_size);
  return result_of(made.error());
}

bool copy_texts(const char* const* texts, size_t count, Vec<StringRef>& out) {
  for (size_t i = 0; i < count; ++i)
    if (!out.push(StringRef(texts[i]))) return false;
  return true;
}

}  // namespace

umber_result_t umber_image_add(umber_containers_t* containers, const uint8_t* bytes, size_t size, umber_handle_t* image, char* message,
                               size_t message_size) {
  return hand_out(of(containers).add_image({bytes, size}), image, message, message_size);
}

umber_result_t umber_image_remove(umber_containers_t* containers, umber_handle_t image) {
  return result_of(of(containers).remove_image(image));
}

umber_result_t umber_container_create(umber_containers_t* containers, umber_handle_t image, const umber_container_config_t* config,
                                      umber_handle_t* out, char* message, size_t message_size) {
  Runtime& runtime = of(containers);
  Vec<StringRef> args(runtime.allocator()), grants(runtime.allocator());
  *out = container::kNoHandle;
  if (!copy_texts(config->args, config->arg_count, args) || !copy_texts(config->grants, config->grant_count, grants))
    return UMBER_NO_MEMORY;
  container::Config made;
  if (config->name != nullptr) made.name = config->name;
  if (config->entry != nullptr) made.entry = config->entry;
  made.args = args;
  made.grants = grants;
  if (config->memory_bytes != 0) made.limits.memory_bytes = config->memory_bytes;
  if (config->stack_bytes != 0) made.limits.stack_bytes = config->stack_bytes;
  if (config->fuel != 0) made.limits.fuel = config->fuel;
  made.restart.when = static_cast<container::Restart>(config->restart);
  made.output = config->output;
  made.output_state = config->output_state;
  return hand_out(runtime.create(image, made), out, message, message_size);
}

umber_result_t umber_container_start(umber_containers_t* containers, umber_handle_t handle) {
  return result_of(of(containers).start(handle));
}

umber_result_t umber_container_stop(umber_containers_t* containers, umber_handle_t handle, uint64_t deadline_ns) {
  return result_of(of(containers).stop(handle, deadline_ns));
}

umber_result_t umber_container_kill(umber_containers_t* containers, umber_handle_t handle) {
  return result_of(of(containers).kill(handle));
}

umber_result_t umber_container_pause(umber_containers_t* containers, umber_handle_t handle, uint64_t deadline_ns) {
  return result_of(of(containers).pause(handle, deadline_ns));
}

umber_result_t umber_container_unpause(umber_containers_t* containers, umber_handle_t handle) {
  return result_of(of(containers).unpause(handle));
}

umber_result_t umber_container_wait(umber_containers_t* containers, umber_handle_t handle, uint64_t deadline_ns) {
  const Result<bool> ended = of(containers).wait(handle, deadline_ns);
  return !ended.ok() ? result_of(ended.error()) : ended.value() ? UMBER_OK : UMBER_TIMEOUT;
}

umber_result_t umber_container_remove(umber_containers_t* containers, umber_handle_t handle, int force) {
  return result_of(of(containers).remove(handle, force != 0));
}

umber_result_t umber_container_status(umber_containers_t* containers, umber_handle_t handle, umber_container_status_t* status) {
  container::Snapshot snapshot;
  const Status looked = of(containers).inspect(handle, snapshot);
  if (!looked.ok()) return result_of(looked);
  status->state = static_cast<umber_state_t>(snapshot.state);
  status->exit_kind = static_cast<umber_exit_kind_t>(snapshot.exit.kind);
  status->exit_code = container::shell_code(snapshot.exit);
  status->memory_bytes = snapshot.usage.memory_bytes;
  status->fuel = snapshot.usage.fuel;
  status->queued_events = snapshot.usage.inbox.events;
  copy_message(snapshot.exit.message.str(), status->message, sizeof status->message);
  return UMBER_OK;
}

uint32_t umber_publish_message(umber_containers_t* containers, const char* topic, const char* content_type, const void* payload,
                               size_t payload_size) {
  return of(containers).publish(topic, content_type, {static_cast<const char*>(payload), payload_size}).delivered;
}

uint64_t umber_containers_now(umber_containers_t* containers) { return of(containers).now_ns(); }
