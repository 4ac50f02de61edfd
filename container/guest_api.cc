#include "container/guest_api.h"

#include "container/event_file.h"
#include "container/topic.h"
#include "runtime/host_function.h"
#include "wasi/calls.h"
#include "wasi/wait.h"

namespace umber::container {

using wasi::Errno;

wasi::Errno sleep_until(GuestContext& guest, Caller& caller, uint64_t deadline_ns) {
  for (;;) {
    const uint64_t now = guest.clock().now_ns();
    if (now >= deadline_ns) return wasi::run_is_over(caller) ? Errno::Intr : Errno::Success;
    const Errno error = wasi::wait(guest.wasi.context(), caller, {}, deadline_ns - now);
    if (error != Errno::Success) return error;
  }
}

namespace {

using Text = GuestSpan<const char>;

Errno errno_of(Inbox::TimerResult result) {
  switch (result) {
    case Inbox::TimerResult::Ok: return Errno::Success;
    case Inbox::TimerResult::Unknown: return Errno::NoEnt;
    case Inbox::TimerResult::LimitReached: return Errno::NoSpc;
    case Inbox::TimerResult::NoMemory: return Errno::NoMem;
  }
  return Errno::Inval;
}

Errno errno_of(Bus::SubscribeResult result) {
  switch (result) {
    case Bus::SubscribeResult::Ok: return Errno::Success;
    case Bus::SubscribeResult::Already: return Errno::Already;
    case Bus::SubscribeResult::Malformed: return Errno::Inval;
    case Bus::SubscribeResult::Denied: return Errno::Acces;
    case Bus::SubscribeResult::LimitReached: return Errno::NoSpc;
    case Bus::SubscribeResult::NoMemory: return Errno::NoMem;
    case Bus::SubscribeResult::NotFound: return Errno::NoEnt;
  }
  return Errno::Inval;
}

Errno events_open(GuestContext* guest, GuestPtr<uint32_t> out) {
  wasi::FdTable& fds = guest->wasi.context().process.fds;
  if (!fds.has_room()) return Errno::Mfile;
  wasi::Descriptor descriptor;
  descriptor.file = new_event_file(*guest);
  if (descriptor.file == nullptr) return Errno::NoMem;
  descriptor.rights = wasi::rights_of(wasi::FileType::CharacterDevice).without(wasi::Right::FdWrite);
  wasi::Fd fd = 0;
  const Errno error = fds.insert(descriptor, fd);
  if (error == Errno::Success) out.set(fd);
  return error;
}

Errno timer_start(GuestContext* guest, uint32_t id, uint64_t delay_ns, uint64_t period_ns) {
  bool existed = false;
  const Inbox::TimerResult made = guest->inbox.create_timer(id, existed);
  if (made != Inbox::TimerResult::Ok) return errno_of(made);
  return errno_of(guest->inbox.start_timer(id, guest->clock().now_ns(), delay_ns, period_ns));
}

Errno timer_stop(GuestContext* guest, uint32_t id) { return errno_of(guest->inbox.delete_timer(id)); }

Errno timer_remaining(GuestContext* guest, uint32_t id, GuestPtr<uint64_t> out) {
  uint64_t left = 0;
  const Inbox::TimerResult result = guest->inbox.remaining(id, guest->clock().now_ns(), left);
  if (result == Inbox::TimerResult::Ok) out.set(left);
  return errno_of(result);
}

/// Again when somebody who wanted the message had no room, and nobody got it.
Errno publish_as(GuestContext* guest, Text topic, Text type, Text payload, uint32_t request, GuestPtr<uint32_t> delivered) {
  if (!is_topic_name(topic.str())) return Errno::Inval;
  if (!guest->grants().may_publish(topic.str())) return Errno::Acces;
  if (payload.size() > guest->bus().limits().max_payload || type.size() > kMaxTopic) return Errno::MsgSize;
  const PublishResult result =
      guest->bus().publish(topic.str(), type.str(), payload.str(), request == 0 ? 0 : guest->parts.handle, request);
  if (result.out_of_memory) return Errno::NoMem;
  delivered.set(result.delivered);
  return result.delivered == 0 && result.full > 0 ? Errno::Again : Errno::Success;
}

Errno publish(GuestContext* guest, Text topic, Text type, Text payload, GuestPtr<uint32_t> delivered) {
  return publish_as(guest, topic, type, payload, 0, delivered);
}

/// Like publish, with a reply expected; `id`: the number that the Reply event will carry.
Errno request(GuestContext* guest, Text topic, Text type, Text payload, GuestPtr<uint32_t> delivered, GuestPtr<uint32_t> id) {
  const uint32_t number = guest->inbox.open_request();
  if (number == 0) return Errno::Busy;
  const Errno error = publish_as(guest, topic, type, payload, number, delivered);
  if (error != Errno::Success || delivered.get() == 0) guest->inbox.close_request(number);
  if (error == Errno::Success) id.set(number);
  return error;
}

Errno reply(GuestContext* guest, uint64_t reply_to, uint32_t number, Text type, Text payload) {
  if (payload.size() > guest->bus().limits().max_payload || type.size() > kMaxTopic) return Errno::MsgSize;
  return guest->bus().reply(reply_to, number, type.str(), payload.str()) ? Errno::Success : Errno::NoEnt;
}

Errno subscribe(GuestContext* guest, Text pattern) {
  return errno_of(guest->bus().subscribe(guest->inbox, pattern.str(), MatchRule::Pattern));
}

Errno unsubscribe(GuestContext* guest, Text pattern) { return errno_of(guest->bus().unsubscribe(guest->inbox, pattern.str())); }

Errno gpio_configure(GuestContext* guest, uint32_t port, uint32_t pin, uint32_t direction) {
  if (direction > 1) return Errno::Inval;
  const auto wanted = static_cast<PinDirection>(direction);
  if (!guest->grants().may_use_pin(port, pin, wanted == PinDirection::Output ? PinUse::Out : PinUse::In)) return Errno::Acces;
  return guest->devices().configure(guest->inbox, port, pin, wanted);
}

Errno gpio_write(GuestContext* guest, uint32_t port, uint32_t pin, uint32_t level) {
  if (!guest->grants().may_use_pin(port, pin, PinUse::Out)) return Errno::Acces;
  return guest->devices().write(guest->inbox, port, pin, level != 0);
}

Errno gpio_read(GuestContext* guest, uint32_t port, uint32_t pin, GuestPtr<uint32_t> out) {
  const GrantSet& grants = guest->grants();
  if (!grants.may_use_pin(port, pin, PinUse::In) && !grants.may_use_pin(port, pin, PinUse::Out)) return Errno::Acces;
  bool level = false;
  const Errno error = guest->devices().read(port, pin, level);
  if (error == Errno::Success) out.set(level ? 1 : 0);
  return error;
}

Errno gpio_watch(GuestContext* guest, uint32_t port, uint32_t pin, uint32_t on) {
  if (!guest->grants().may_use_pin(port, pin, PinUse::In)) return Errno::Acces;
  return guest->devices().watch(guest->inbox, port, pin, on != 0);
}

Errno gpio_find(GuestContext* guest, Text name, GuestPtr<uint32_t> out_port, GuestPtr<uint32_t> out_pin) {
  uint32_t port = 0, pin = 0;
  if (!guest->devices().find_pin(name.str(), port, pin)) return Errno::NoEnt;
  out_port.set(port);
  out_pin.set(pin);
  return Errno::Success;
}

/// Sensors that are not granted do not exist for the guest.
Errno check_sensor(GuestContext* guest, uint32_t sensor) {
  const StringRef name = guest->devices().sensor_name(sensor);
  return !name.empty() && guest->grants().may_read_sensor(name) ? Errno::Success : Errno::NoDev;
}

Errno sensor_find(GuestContext* guest, Text name, GuestPtr<uint32_t> out) {
  const uint32_t count = guest->devices().sensor_count();
  for (uint32_t i = 0; i < count; ++i) {
    if (!(guest->devices().sensor_name(i) == name.str()) || check_sensor(guest, i) != Errno::Success) continue;
    out.set(i);
    return Errno::Success;
  }
  return Errno::NoDev;
}

Errno sensor_channels(GuestContext* guest, uint32_t sensor, GuestPtr<uint32_t> out) {
  uint32_t count = 0;
  Errno error = check_sensor(guest, sensor);
  if (error == Errno::Success) error = guest->devices().channel_count(sensor, count);
  if (error == Errno::Success) out.set(count);
  return error;
}

Errno sensor_channel_type(GuestContext* guest, uint32_t sensor, uint32_t channel, GuestPtr<uint32_t> out) {
  uint32_t type = 0;
  Errno error = check_sensor(guest, sensor);
  if (error == Errno::Success) error = guest->devices().channel_type(sensor, channel, type);
  if (error == Errno::Success) out.set(type);
  return error;
}

Errno sensor_read(GuestContext* guest, uint32_t sensor, uint32_t type, GuestPtr<double> out) {
  double value = 0;
  Errno error = check_sensor(guest, sensor);
  if (error == Errno::Success) error = guest->devices().read_sensor(sensor, type, value);
  if (error == Errno::Success) out.set(value);
  return error;
}

ClockUse use_of(uint32_t clock) {
  switch (clock) {
    case 0: return ClockUse::Realtime;
    case 1: return ClockUse::Monotonic;
    default: return ClockUse::Cpu;
  }
}

// WASI's clocks, with the permission asked at each call.
Errno clock_time_get(GuestContext* guest, uint32_t id, uint64_t precision, GuestPtr<uint64_t> out) {
  if (!guest->grants().may_read_clock(use_of(id))) return Errno::Acces;
  return wasi::calls::clock_time_get(&guest->wasi.context(), id, precision, out);
}

Errno clock_res_get(GuestContext* guest, uint32_t id, GuestPtr<uint64_t> out) {
  if (!guest->grants().may_read_clock(use_of(id))) return Errno::Acces;
  return wasi::calls::clock_res_get(&guest->wasi.context(), id, out);
}

struct Row {
  StringRef module;
  StringRef name;
  HostFunction (*make)(GuestContext* guest);
};

template <auto kFunction>
HostFunction make(GuestContext* guest) {
  return host_function<kFunction>(guest);
}

constexpr Row kRows[] = {
    {"umber", "events_open", make<&events_open>},
    {"umber", "timer_start", make<&timer_start>},
    {"umber", "timer_stop", make<&timer_stop>},
    {"umber", "timer_remaining", make<&timer_remaining>},
    {"umber", "publish", make<&publish>},
    {"umber", "request", make<&request>},
    {"umber", "reply", make<&reply>},
    {"umber", "subscribe", make<&subscribe>},
    {"umber", "unsubscribe", make<&unsubscribe>},
    {"umber", "gpio_configure", make<&gpio_configure>},
    {"umber", "gpio_write", make<&gpio_write>},
    {"umber", "gpio_read", make<&gpio_read>},
    {"umber", "gpio_watch", make<&gpio_watch>},
    {"umber", "gpio_find", make<&gpio_find>},
    {"umber", "sensor_find", make<&sensor_find>},
    {"umber", "sensor_channels", make<&sensor_channels>},
    {"umber", "sensor_channel_type", make<&sensor_channel_type>},
    {"umber", "sensor_read", make<&sensor_read>},
    {"wasi_snapshot_preview1", "clock_time_get", make<&clock_time_get>},
    {"wasi_snapshot_preview1", "clock_res_get", make<&clock_res_get>},
    {"wasi_unstable", "clock_time_get", make<&clock_time_get>},
    {"wasi_unstable", "clock_res_get", make<&clock_res_get>},
};

}  // namespace

Status define_guest_api(Linker& linker, GuestContext& guest) {
  for (const Row& row : kRows) UMBER_TRY(linker.define(row.module, row.name, row.make(&guest)));
  return {};
}

}  // namespace umber::container
