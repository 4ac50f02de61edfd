#include "container/devices.h"

namespace umber::container {

using wasi::Errno;

Errno Devices::check(uint32_t port, uint32_t pin) const {
  if (gpio_ == nullptr) return Errno::NoDev;
  return port < gpio_->port_count() && pin < gpio_->pins_per_port() ? Errno::Success : Errno::Inval;
}

Devices::Claim* Devices::find(const Inbox& user, uint32_t port, uint32_t pin) {
  for (Claim& claim : claims_)
    if (claim.user == &user && claim.port == port && claim.pin == pin) return &claim;
  return nullptr;
}

bool Devices::is_driven_by_other(const Inbox& user, uint32_t port, uint32_t pin) const {
  for (const Claim& claim : claims_)
    if (claim.is_output && claim.port == port && claim.pin == pin && claim.user != &user) return true;
  return false;
}

bool Devices::is_watched(uint32_t port, uint32_t pin) const {
  for (const Claim& claim : claims_)
    if (claim.is_watched && claim.port == port && claim.pin == pin) return true;
  return false;
}

Errno Devices::configure(Inbox& user, uint32_t port, uint32_t pin, PinDirection direction) {
  Locked locked(lock_);
  if (const Errno error = check(port, pin); error != Errno::Success) return error;
  if (is_driven_by_other(user, port, pin)) return Errno::Busy;
  Claim* claim = find(user, port, pin);
  if (claim == nullptr) {
    if (!claims_.push({&user, port, pin})) return Errno::NoMem;
    claim = &claims_.back();
  }
  const Errno error = gpio_->configure(port, pin, direction);
  if (error == Errno::Success) claim->is_output = direction == PinDirection::Output;
  return error;
}

Errno Devices::write_locked(const Inbox& user, uint32_t port, uint32_t pin, bool level) {
  if (const Errno error = check(port, pin); error != Errno::Success) return error;
  const Claim* claim = find(user, port, pin);
  return claim != nullptr && claim->is_output ? gpio_->write(port, pin, level) : Errno::Perm;
}

Errno Devices::write(Inbox& user, uint32_t port, uint32_t pin, bool level) {
  Locked locked(lock_);
  return write_locked(user, port, pin, level);
}

Errno Devices::toggle(Inbox& user, uint32_t port, uint32_t pin) {
  Locked locked(lock_);
  bool level = false;
  if (const Errno error = check(port, pin); error != Errno::Success) return error;
  if (const Errno error = gpio_->read(port, pin, level); error != Errno::Success) return error;
  return write_locked(user, port, pin, !level);
}

Errno Devices::read(uint32_t port, uint32_t pin, bool& level) {
  Locked locked(lock_);
  const Errno error = check(port, pin);
  return error == Errno::Success ? gpio_->read(port, pin, level) : error;
}

Errno Devices::watch(Inbox& user, uint32_t port, uint32_t pin, bool on) {
  Locked locked(lock_);
  if (const Errno error = check(port, pin); error != Errno::Success) return error;
  Claim* claim = find(user, port, pin);
  if (!on && (claim == nullptr || !claim->is_watched)) return Errno::NoEnt;
  if (claim == nullptr) {
    if (!claims_.push({&user, port, pin})) return Errno::NoMem;
    claim = &claims_.back();
  }
  const bool before = is_watched(port, pin);
  claim->is_watched = on;
  const bool after = is_watched(port, pin);
  return before == after ? Errno::Success : gpio_->watch(port, pin, after);
}

bool Devices::find_pin(StringRef name, uint32_t& port, uint32_t& pin) {
  Locked locked(lock_);
  return gpio_ != nullptr && gpio_->find(name, port, pin);
}

uint32_t Devices::sensor_count() {
  Locked locked(lock_);
  return sensors_ == nullptr ? 0 : sensors_->count();
}

StringRef Devices::sensor_name(uint32_t sensor) {
  Locked locked(lock_);
  return sensors_ != nullptr && sensor < sensors_->count() ? sensors_->name(sensor) : StringRef();
}

Errno Devices::channel_count(uint32_t sensor, uint32_t& out) {
  Locked locked(lock_);
  if (sensors_ == nullptr || sensor >= sensors_->count()) return Errno::NoDev;
  out = sensors_->channel_count(sensor);
  return Errno::Success;
}

Errno Devices::channel_type(uint32_t sensor, uint32_t channel, uint32_t& out) {
  Locked locked(lock_);
  if (sensors_ == nullptr || sensor >= sensors_->count()) return Errno::NoDev;
  if (channel >= sensors_->channel_count(sensor)) return Errno::Inval;
  out = sensors_->channel_type(sensor, channel);
  return Errno::Success;
}

Errno Devices::read_sensor(uint32_t sensor, uint32_t type, double& value) {
  Locked locked(lock_);
  if (sensors_ == nullptr || sensor >= sensors_->count()) return Errno::NoDev;
  return sensors_->read(sensor, type, value);
}

void Devices::pin_changed(uint32_t port, uint32_t pin, bool level) {
  Locked locked(lock_);
  for (const Claim& claim : claims_) {
    if (!claim.is_watched || claim.port != port || claim.pin != pin) continue;
    // A full inbox counts what it drops.
    (void)claim.user->post({.type = EventType::Gpio, .port = static_cast<uint16_t>(port), .id = pin, .state = level ? 1u : 0u});
  }
}

void Devices::release(const Inbox& user) {
  Locked locked(lock_);
  for (size_t i = claims_.size(); i-- > 0;) {
    if (claims_[i].user != &user) continue;
    const Claim gone = claims_[i];
    claims_[i] = claims_.back();
    claims_.pop();
    if (gone.is_watched && !is_watched(gone.port, gone.pin)) (void)gpio_->watch(gone.port, gone.pin, false);
    if (gone.is_output) (void)gpio_->configure(gone.port, gone.pin, PinDirection::Input);
  }
}

size_t Devices::claim_count() {
  Locked locked(lock_);
  return claims_.size();
}

}  // namespace umber::container
