// Pins and sensors. What a board has stands behind two driver interfaces; this table shares them between containers: a pin that
// one container drives is no other's, changes go to the inboxes of those who watch, and all of it ends with the container.
#pragma once

#include "container/inbox.h"
#include "wasi/types.h"

namespace umber::container {

enum class PinDirection : uint8_t { Input = 0, Output = 1 };

/// Used under the device table's lock. Ports and pins are in range when they arrive here.
class GpioDriver {
 public:
  [[nodiscard]] virtual uint32_t port_count() const = 0;
  [[nodiscard]] virtual uint32_t pins_per_port() const = 0;
  virtual wasi::Errno configure(uint32_t port, uint32_t pin, PinDirection direction) = 0;
  virtual wasi::Errno write(uint32_t port, uint32_t pin, bool level) = 0;
  virtual wasi::Errno read(uint32_t port, uint32_t pin, bool& level) = 0;
  /// Starts or ends reporting of changes, through Devices::pin_changed, from a task (an interrupt handler defers to one).
  virtual wasi::Errno watch(uint32_t port, uint32_t pin, bool on) = 0;
  /// A pin by the board's name for it ("led0").
  [[nodiscard]] virtual bool find(StringRef name, uint32_t& port, uint32_t& pin) const = 0;

 protected:
  ~GpioDriver() = default;
};

/// Sensors have numbers 0 … count - 1 that stay the same. Used under the device table's lock.
class SensorDriver {
 public:
  [[nodiscard]] virtual uint32_t count() const = 0;
  [[nodiscard]] virtual StringRef name(uint32_t sensor) const = 0;
  [[nodiscard]] virtual uint32_t channel_count(uint32_t sensor) const = 0;
  /// What the channel measures, as the Ocre SDK numbers it (0 acceleration, 1 gyro, … 7 temperature).
  [[nodiscard]] virtual uint32_t channel_type(uint32_t sensor, uint32_t channel) const = 0;
  /// The first channel of that type. NoEnt when there is none.
  virtual wasi::Errno read(uint32_t sensor, uint32_t type, double& value) = 0;

 protected:
  ~SensorDriver() = default;
};

/// Thread-safe. `user`: the inbox of the container that asks; permissions are the caller's to check.
class Devices {
 public:
  /// Drivers may be null: the board has none. All outlive the table.
  Devices(Allocator& allocator, Monitor& lock, GpioDriver* gpio, SensorDriver* sensors)
      : lock_(lock), gpio_(gpio), sensors_(sensors), claims_(allocator) {}

  // Inval: out of range; NoDev: no driver; Busy: another container drives the pin; Perm: not configured as needed.
  wasi::Errno configure(Inbox& user, uint32_t port, uint32_t pin, PinDirection direction);
  wasi::Errno write(Inbox& user, uint32_t port, uint32_t pin, bool level);
  wasi::Errno toggle(Inbox& user, uint32_t port, uint32_t pin);
  wasi::Errno read(uint32_t port, uint32_t pin, bool& level);
  wasi::Errno watch(Inbox& user, uint32_t port, uint32_t pin, bool on);
  [[nodiscard]] bool find_pin(StringRef name, uint32_t& port, uint32_t& pin);

  [[nodiscard]] uint32_t sensor_count();
  /// Empty when there is no such sensor. Valid as long as the driver.
  [[nodiscard]] StringRef sensor_name(uint32_t sensor);
  wasi::Errno channel_count(uint32_t sensor, uint32_t& out);
  wasi::Errno channel_type(uint32_t sensor, uint32_t channel, uint32_t& out);
  wasi::Errno read_sensor(uint32_t sensor, uint32_t type, double& value);

  /// For drivers: a watched pin has another level. Takes the lock, so not from within a driver's call.
  void pin_changed(uint32_t port, uint32_t pin, bool level);
  /// Gives back everything that a container has.
  void release(const Inbox& user);
  [[nodiscard]] size_t claim_count();

 private:
  /// One container's hold on one pin.
  struct Claim {
    Inbox* user = nullptr;
    uint32_t port = 0;
    uint32_t pin = 0;
    bool is_output = false;
    bool is_watched = false;
  };
  [[nodiscard]] wasi::Errno check(uint32_t port, uint32_t pin) const;
  [[nodiscard]] Claim* find(const Inbox& user, uint32_t port, uint32_t pin);
  [[nodiscard]] bool is_driven_by_other(const Inbox& user, uint32_t port, uint32_t pin) const;
  [[nodiscard]] bool is_watched(uint32_t port, uint32_t pin) const;
  wasi::Errno write_locked(const Inbox& user, uint32_t port, uint32_t pin, bool level);

  Monitor& lock_;
  GpioDriver* gpio_;
  SensorDriver* sensors_;
  Vec<Claim> claims_;
};

}  // namespace umber::container
