#include "container/ocre.h"

#include <cstring>

#include "container/topic.h"
#include "runtime/host_function.h"
#include "wasi/wait.h"

namespace umber::container {

namespace {

/// The header's return codes.
enum class OcreCode : int32_t { Success = 0, Invalid = -1, Timeout = -2, NotFound = -3, Busy = -4, NoMemory = -5 };

}  // namespace

}  // namespace umber::container

namespace umber {

/// A pointer out of bounds is an invalid argument.
template <>
struct HostFault<container::OcreCode> {
  static constexpr auto kFault = container::OcreCode::Invalid;
};

}  // namespace umber

namespace umber::container {

namespace {

using wasi::Errno;
using Word = GuestPtr<uint32_t>;
using Interruptible = HostValue<OcreCode>;

constexpr int32_t kMaxTimers = 16;
constexpr size_t kMaxContentType = 127;
constexpr size_t kMaxName = 124;
constexpr uint32_t kResourceTypes = 4;

struct Utsname {
  char sysname[65];
  char nodename[65];
  char release[65];
  char version[65];
  char machine[65];
  char domainname[65];
};
static_assert(sizeof(Utsname) == 390);

OcreCode code_of(Errno error) {
  switch (error) {
    case Errno::Success: return OcreCode::Success;
    case Errno::Busy:
    case Errno::Again: return OcreCode::Busy;
    case Errno::NoMem:
    case Errno::NoSpc: return OcreCode::NoMemory;
    case Errno::NoEnt: return OcreCode::NotFound;
    default: return OcreCode::Invalid;
  }
}

int32_t number(OcreCode code) { return static_cast<int32_t>(code); }

/// A zero-terminated text of 1 … max bytes at a guest address; false for anything else, the null pointer included.
bool read_text(Caller& caller, uint32_t address, size_t max, StringRef& out) {
  const MemoryView& memory = caller.memory();
  if (address == 0 || address >= memory.size) return false;
  const uint64_t left = memory.size - address;
  const size_t room = left < max + 1 ? static_cast<size_t>(left) : max + 1;
  const auto* begin = reinterpret_cast<const char*>(memory.base + address);
  const void* end = std::memchr(begin, 0, room);
  if (end == nullptr || end == begin) return false;
  out = {begin, static_cast<size_t>(static_cast<const char*>(end) - begin)};
  return true;
}

template <size_t N>
void copy_text(char (&out)[N], StringRef text) {
  const size_t size = text.size() < N - 1 ? text.size() : N - 1;
  std::memcpy(out, text.data(), size);
  std::memset(out + size, 0, N - size);
}

// -- Utilities ------------------------------------------------------------------------------------------------------------

OcreCode uname(OcreApi* api, GuestPtr<Utsname> out) {
  Utsname name;
  copy_text(name.sysname, "Umber");
  copy_text(name.nodename, api->guest.parts.config.hostname());
  copy_text(name.release, "1.0.0");
  copy_text(name.version, "Umber container runtime");
  copy_text(name.machine, api->guest.parts.host.machine());
  copy_text(name.domainname, "");
  out.set(name);
  return OcreCode::Success;
}

Interruptible ocre_sleep(OcreApi* api, Caller& caller, int32_t milliseconds) {
  if (milliseconds < 0) return OcreCode::Invalid;
  GuestContext& guest = api->guest;
  const Errno error = sleep_until(guest, caller, guest.clock().now_ns() + static_cast<uint64_t>(milliseconds) * kNsPerMs);
  if (error != Errno::Intr) return code_of(error);
  return wasi::finish(caller, error).result();
}

// -- Events ---------------------------------------------------------------------------------------------------------------

/// Dispatchers are the SDK's own functions, which it calls itself when it has got an event; here they must only exist.
OcreCode register_dispatcher(OcreApi*, Caller& caller, uint32_t type, uint32_t name_address) {
  StringRef name;
  if (type >= kResourceTypes || !read_text(caller, name_address, kMaxName, name)) return OcreCode::Invalid;
  return caller.instance() != nullptr && caller.instance()->find_func(name) != nullptr ? OcreCode::Success : OcreCode::Invalid;
}

/// A zero-terminated copy in guest memory; address 0 when there is no room.
HostResult hand_over(OcreApi& api, Caller& caller, StringRef text, uint32_t& address) {
  const HostResult result = api.heap.allocate(caller, static_cast<uint32_t>(text.size()) + 1, address);
  if (result.status() != RunStatus::Done || address == 0) return result;
  uint8_t* to = caller.memory().base + address;
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  to[text.size()] = 0;
  return result;
}

struct EventWords {
  Word type, id, port, state, extra, payload_size;

  void set(uint32_t t, uint32_t i, uint32_t p, uint32_t s, uint32_t e, uint32_t n) const {
    type.set(t);
    id.set(i);
    port.set(p);
    state.set(s);
    extra.set(e);
    payload_size.set(n);
  }
};

/// The three texts of a message go into guest memory, all or none.
Interruptible deliver_message(OcreApi& api, Caller& caller, const Message& message, const EventWords& words) {
  const StringRef texts[3] = {message.topic(), message.content_type(), message.payload()};
  uint32_t addresses[3] = {};
  for (size_t i = 0; i < 3; ++i) {
    const HostResult result = hand_over(api, caller, texts[i], addresses[i]);
    if (result.status() != RunStatus::Done) return result;
    if (addresses[i] != 0) continue;
    for (size_t j = 0; j < i; ++j) {
      bool known = false;
      const HostResult released = api.heap.release(caller, addresses[j], known);
      if (released.status() != RunStatus::Done) return released;
    }
    return OcreCode::NoMemory;
  }
  words.set(static_cast<uint32_t>(EventType::Message), message.id, addresses[0], addresses[1], addresses[2],
            static_cast<uint32_t>(message.payload().size()));
  return OcreCode::Success;
}

/// Never waits. Events that the SDK does not know are passed over.
Interruptible get_event(OcreApi* api, Caller& caller, Word type, Word id, Word port, Word state, Word extra, Word payload_size) {
  const EventWords words = {type, id, port, state, extra, payload_size};
  Event event;
  while (api->guest.inbox.take(api->guest.clock().now_ns(), event)) {
    switch (event.type) {
      case EventType::Timer: words.set(0, event.id, 0, 0, 0, 0); return OcreCode::Success;
      case EventType::Gpio: words.set(1, event.id, event.port, event.state, 0, 0); return OcreCode::Success;
      case EventType::Message: {
        const Interruptible result = deliver_message(*api, caller, *event.content, words);
        event.content->drop();
        return result;
      }
      case EventType::Reply: event.content->drop(); break;
      case EventType::Stop: break;
    }
  }
  return OcreCode::NotFound;
}

// -- Messages -------------------------------------------------------------------------------------------------------------

/// There is nothing to prepare.
void msg_system_init(OcreApi*) {}

OcreCode publish_message(OcreApi* api, Caller& caller, uint32_t topic_address, uint32_t type_address,
                         GuestSpan<const char> payload) {
  GuestContext& guest = api->guest;
  StringRef topic, type;
  if (!read_text(caller, topic_address, kMaxTopic, topic) || !read_text(caller, type_address, kMaxContentType, type))
    return OcreCode::Invalid;
  if (payload.address() == 0 || payload.empty() || payload.size() > guest.bus().limits().max_payload) return OcreCode::Invalid;
  if (!is_topic_name(topic) || !guest.grants().may_publish(topic)) return OcreCode::Invalid;
  const PublishResult result = guest.bus().publish(topic, type, payload.str());
  if (result.out_of_memory) return OcreCode::NoMemory;
  if (result.delivered > 0) return OcreCode::Success;
  return result.full > 0 ? OcreCode::Busy : OcreCode::NotFound;
}

OcreCode subscribe_message(OcreApi* api, Caller& caller, uint32_t topic_address) {
  StringRef topic;
  if (!read_text(caller, topic_address, kMaxTopic, topic)) return OcreCode::Invalid;
  switch (api->guest.bus().subscribe(api->guest.inbox, topic, MatchRule::Prefix)) {
    case Bus::SubscribeResult::Ok:
    case Bus::SubscribeResult::Already: return OcreCode::Success;
    case Bus::SubscribeResult::LimitReached:
    case Bus::SubscribeResult::NoMemory: return OcreCode::NoMemory;
    case Bus::SubscribeResult::Malformed:
    case Bus::SubscribeResult::Denied:
    case Bus::SubscribeResult::NotFound: return OcreCode::Invalid;
  }
  return OcreCode::Invalid;
}

Interruptible free_event_data(OcreApi* api, Caller& caller, uint32_t topic, uint32_t content_type, uint32_t payload) {
  OcreCode code = OcreCode::Success;
  for (const uint32_t address : {topic, content_type, payload}) {
    bool known = false;
    const HostResult result = api->heap.release(caller, address, known);
    if (result.status() != RunStatus::Done) return result;
    if (!known) code = OcreCode::Invalid;
  }
  return code;
}

// -- Timers ---------------------------------------------------------------------------------------------------------------

OcreCode code_of(Inbox::TimerResult result) {
  const bool no_room = result == Inbox::TimerResult::LimitReached || result == Inbox::TimerResult::NoMemory;
  return result == Inbox::TimerResult::Ok ? OcreCode::Success : no_room ? OcreCode::NoMemory : OcreCode::Invalid;
}

OcreCode timer_create(OcreApi* api, int32_t id) {
  if (id < 1 || id > kMaxTimers) return OcreCode::Invalid;
  bool existed = false;
  const OcreCode code = code_of(api->guest.inbox.create_timer(static_cast<uint32_t>(id), existed));
  return existed ? OcreCode::Busy : code;
}

OcreCode timer_delete(OcreApi* api, int32_t id) { return code_of(api->guest.inbox.delete_timer(static_cast<uint32_t>(id))); }

OcreCode timer_start(OcreApi* api, int32_t id, int32_t interval_ms, int32_t is_periodic) {
  if (interval_ms <= 0) return OcreCode::Invalid;
  const uint64_t interval = static_cast<uint64_t>(interval_ms) * kNsPerMs;
  GuestContext& guest = api->guest;
  return code_of(
      guest.inbox.start_timer(static_cast<uint32_t>(id), guest.clock().now_ns(), interval, is_periodic != 0 ? interval : 0));
}

OcreCode timer_stop(OcreApi* api, int32_t id) { return code_of(api->guest.inbox.stop_timer(static_cast<uint32_t>(id))); }

int32_t timer_get_remaining(OcreApi* api, int32_t id) {
  uint64_t left = 0;
  const auto result = api->guest.inbox.remaining(static_cast<uint32_t>(id), api->guest.clock().now_ns(), left);
  if (result != Inbox::TimerResult::Ok) return number(code_of(result));
  return static_cast<int32_t>((left + kNsPerMs - 1) / kNsPerMs);
}

// -- GPIO -----------------------------------------------------------------------------------------------------------------
// Negative numbers become large ones, which no board and no grant has.

OcreCode gpio_init(OcreApi*) { return OcreCode::Success; }

OcreCode gpio_configure(OcreApi* api, uint32_t port, uint32_t pin, uint32_t direction) {
  if (direction > 1) return OcreCode::Invalid;
  const bool is_output = direction == 1;
  if (!api->guest.grants().may_use_pin(port, pin, is_output ? PinUse::Out : PinUse::In)) return OcreCode::Invalid;
  return code_of(api->guest.devices().configure(api->guest.inbox, port, pin, is_output ? PinDirection::Output : PinDirection::Input));
}

OcreCode gpio_pin_set(OcreApi* api, uint32_t port, uint32_t pin, int32_t state) {
  if (!api->guest.grants().may_use_pin(port, pin, PinUse::Out)) return OcreCode::Invalid;
  return code_of(api->guest.devices().write(api->guest.inbox, port, pin, state != 0));
}

int32_t gpio_pin_get(OcreApi* api, uint32_t port, uint32_t pin) {
  const GrantSet& grants = api->guest.grants();
  bool level = false;
  if (!grants.may_use_pin(port, pin, PinUse::In) && !grants.may_use_pin(port, pin, PinUse::Out)) return number(OcreCode::Invalid);
  const Errno error = api->guest.devices().read(port, pin, level);
  return error == Errno::Success ? (level ? 1 : 0) : number(code_of(error));
}

OcreCode gpio_pin_toggle(OcreApi* api, uint32_t port, uint32_t pin) {
  if (!api->guest.grants().may_use_pin(port, pin, PinUse::Out)) return OcreCode::Invalid;
  return code_of(api->guest.devices().toggle(api->guest.inbox, port, pin));
}

OcreCode gpio_watch(OcreApi* api, uint32_t port, uint32_t pin, bool on) {
  if (!api->guest.grants().may_use_pin(port, pin, PinUse::In)) return OcreCode::Invalid;
  return code_of(api->guest.devices().watch(api->guest.inbox, port, pin, on));
}
OcreCode gpio_register_callback(OcreApi* api, uint32_t port, uint32_t pin) { return gpio_watch(api, port, pin, true); }
OcreCode gpio_unregister_callback(OcreApi* api, uint32_t port, uint32_t pin) { return gpio_watch(api, port, pin, false); }

/// The board's name for a pin, then the call by number. `R` is what the call returns.
template <class R, class Call>
R with_pin(OcreApi* api, Caller& caller, uint32_t name_address, Call call) {
  StringRef name;
  uint32_t port = 0, pin = 0;
  if (!read_text(caller, name_address, kMaxName, name)) return static_cast<R>(OcreCode::Invalid);
  if (!api->guest.devices().find_pin(name, port, pin)) return static_cast<R>(OcreCode::NotFound);
  return call(port, pin);
}

OcreCode gpio_configure_by_name(OcreApi* api, Caller& caller, uint32_t name, uint32_t direction) {
  return with_pin<OcreCode>(api, caller, name, [&](uint32_t port, uint32_t pin) { return gpio_configure(api, port, pin, direction); });
}
OcreCode gpio_set_by_name(OcreApi* api, Caller& caller, uint32_t name, int32_t state) {
  return with_pin<OcreCode>(api, caller, name, [&](uint32_t port, uint32_t pin) { return gpio_pin_set(api, port, pin, state); });
}
int32_t gpio_get_by_name(OcreApi* api, Caller& caller, uint32_t name) {
  return with_pin<int32_t>(api, caller, name, [&](uint32_t port, uint32_t pin) { return gpio_pin_get(api, port, pin); });
}
OcreCode gpio_toggle_by_name(OcreApi* api, Caller& caller, uint32_t name) {
  return with_pin<OcreCode>(api, caller, name, [&](uint32_t port, uint32_t pin) { return gpio_pin_toggle(api, port, pin); });
}
OcreCode gpio_register_callback_by_name(OcreApi* api, Caller& caller, uint32_t name) {
  return with_pin<OcreCode>(api, caller, name, [&](uint32_t port, uint32_t pin) { return gpio_watch(api, port, pin, true); });
}
OcreCode gpio_unregister_callback_by_name(OcreApi* api, Caller& caller, uint32_t name) {
  return with_pin<OcreCode>(api, caller, name, [&](uint32_t port, uint32_t pin) { return gpio_watch(api, port, pin, false); });
}

// -- Sensors --------------------------------------------------------------------------------------------------------------
// A guest counts only the sensors that it was granted; a sensor's handle is its number.

constexpr uint32_t kNoSensor = UINT32_MAX;

/// The board's number of the guest's n-th sensor.
uint32_t sensor_of(OcreApi* api, int32_t id) {
  Devices& devices = api->guest.devices();
  const uint32_t count = devices.sensor_count();
  for (uint32_t i = 0; i < count && id >= 0; ++i)
    if (api->guest.grants().may_read_sensor(devices.sensor_name(i)) && id-- == 0) return i;
  return kNoSensor;
}

int32_t sensors_discover(OcreApi* api) {
  int32_t count = 0;
  while (sensor_of(api, count) != kNoSensor) ++count;
  return count;
}

OcreCode sensors_init(OcreApi*) { return OcreCode::Success; }

OcreCode sensors_open(OcreApi* api, int32_t handle) {
  return sensor_of(api, handle) == kNoSensor ? OcreCode::Invalid : OcreCode::Success;
}

int32_t sensors_get_handle(OcreApi* api, int32_t id) {
  return sensor_of(api, id) == kNoSensor ? number(OcreCode::Invalid) : id;
}

int32_t sensors_get_channel_count(OcreApi* api, int32_t id) {
  uint32_t count = 0;
  const Errno error = api->guest.devices().channel_count(sensor_of(api, id), count);
  return error == Errno::Success ? static_cast<int32_t>(count) : number(code_of(error));
}

int32_t sensors_get_channel_type(OcreApi* api, int32_t id, int32_t channel) {
  uint32_t type = 0;
  const Errno error = api->guest.devices().channel_type(sensor_of(api, id), static_cast<uint32_t>(channel), type);
  return error == Errno::Success ? static_cast<int32_t>(type) : number(code_of(error));
}

double sensors_read(OcreApi* api, int32_t id, int32_t type) {
  double value = 0;
  const Errno error = api->guest.devices().read_sensor(sensor_of(api, id), static_cast<uint32_t>(type), value);
  return error == Errno::Success ? value : number(code_of(error));
}

/// The guest's number of a sensor; negative: an error code.
int32_t sensor_by_name(OcreApi* api, Caller& caller, uint32_t name_address) {
  StringRef name;
  if (!read_text(caller, name_address, kMaxName, name)) return number(OcreCode::Invalid);
  for (int32_t id = 0;; ++id) {
    const uint32_t sensor = sensor_of(api, id);
    if (sensor == kNoSensor) return number(OcreCode::NotFound);
    if (api->guest.devices().sensor_name(sensor) == name) return id;
  }
}

int32_t sensors_open_by_name(OcreApi* api, Caller& caller, uint32_t name) {
  const int32_t id = sensor_by_name(api, caller, name);
  return id < 0 ? id : 0;
}
int32_t sensors_get_handle_by_name(OcreApi* api, Caller& caller, uint32_t name) { return sensor_by_name(api, caller, name); }
int32_t sensors_get_channel_count_by_name(OcreApi* api, Caller& caller, uint32_t name) {
  const int32_t id = sensor_by_name(api, caller, name);
  return id < 0 ? id : sensors_get_channel_count(api, id);
}
int32_t sensors_get_channel_type_by_name(OcreApi* api, Caller& caller, uint32_t name, int32_t channel) {
  const int32_t id = sensor_by_name(api, caller, name);
  return id < 0 ? id : sensors_get_channel_type(api, id, channel);
}
double sensors_read_by_name(OcreApi* api, Caller& caller, uint32_t name, int32_t type) {
  const int32_t id = sensor_by_name(api, caller, name);
  return id < 0 ? id : sensors_read(api, id, type);
}

struct Row {
  StringRef name;
  HostFunction (*make)(OcreApi* api);
};

template <auto kFunction>
HostFunction make(OcreApi* api) {
  return host_function<kFunction>(api);
}

constexpr Row kRows[] = {
    {"uname", make<&uname>},
    {"ocre_sleep", make<&ocre_sleep>},
    {"ocre_get_event", make<&get_event>},
    {"ocre_register_dispatcher", make<&register_dispatcher>},
    {"ocre_msg_system_init", make<&msg_system_init>},
    {"ocre_publish_message", make<&publish_message>},
    {"ocre_subscribe_message", make<&subscribe_message>},
    {"ocre_messaging_free_module_event_data", make<&free_event_data>},
    {"ocre_timer_create", make<&timer_create>},
    {"ocre_timer_delete", make<&timer_delete>},
    {"ocre_timer_start", make<&timer_start>},
    {"ocre_timer_stop", make<&timer_stop>},
    {"ocre_timer_get_remaining", make<&timer_get_remaining>},
    {"ocre_gpio_init", make<&gpio_init>},
    {"ocre_gpio_configure", make<&gpio_configure>},
    {"ocre_gpio_pin_set", make<&gpio_pin_set>},
    {"ocre_gpio_pin_get", make<&gpio_pin_get>},
    {"ocre_gpio_pin_toggle", make<&gpio_pin_toggle>},
    {"ocre_gpio_register_callback", make<&gpio_register_callback>},
    {"ocre_gpio_unregister_callback", make<&gpio_unregister_callback>},
    {"ocre_gpio_configure_by_name", make<&gpio_configure_by_name>},
    {"ocre_gpio_set_by_name", make<&gpio_set_by_name>},
    {"ocre_gpio_get_by_name", make<&gpio_get_by_name>},
    {"ocre_gpio_toggle_by_name", make<&gpio_toggle_by_name>},
    {"ocre_gpio_register_callback_by_name", make<&gpio_register_callback_by_name>},
    {"ocre_gpio_unregister_callback_by_name", make<&gpio_unregister_callback_by_name>},
    {"ocre_sensors_init", make<&sensors_init>},
    {"ocre_sensors_discover", make<&sensors_discover>},
    {"ocre_sensors_open", make<&sensors_open>},
    {"ocre_sensors_get_handle", make<&sensors_get_handle>},
    {"ocre_sensors_get_channel_count", make<&sensors_get_channel_count>},
    {"ocre_sensors_get_channel_type", make<&sensors_get_channel_type>},
    {"ocre_sensors_read", make<&sensors_read>},
    {"ocre_sensors_open_by_name", make<&sensors_open_by_name>},
    {"ocre_sensors_get_handle_by_name", make<&sensors_get_handle_by_name>},
    {"ocre_sensors_get_channel_count_by_name", make<&sensors_get_channel_count_by_name>},
    {"ocre_sensors_get_channel_type_by_name", make<&sensors_get_channel_type_by_name>},
    {"ocre_sensors_read_by_name", make<&sensors_read_by_name>},
};

}  // namespace

Status OcreApi::define(Linker& linker) {
  for (const Row& row : kRows) UMBER_TRY(linker.define("env", row.name, row.make(this)));
  return {};
}

}  // namespace umber::container
