// Pins and sensors of a board that is not there: for tests, demonstrations, and `umber device` on Linux. The embedder plays the
// outside world with set_input and set_value.
#pragma once

#include "container/devices.h"

namespace umber::container {

/// Inputs read what the world last set, outputs what the guest wrote.
class SimulatedPins final : public GpioDriver {
 public:
  static constexpr uint32_t kPorts = 8;
  static constexpr uint32_t kPinsPerPort = 16;

  uint32_t port_count() const override { return kPorts; }
  uint32_t pins_per_port() const override { return kPinsPerPort; }
  wasi::Errno configure(uint32_t port, uint32_t pin, PinDirection direction) override {
    pins_[port][pin].direction = direction;
    return wasi::Errno::Success;
  }
  wasi::Errno write(uint32_t port, uint32_t pin, bool level) override {
    pins_[port][pin].level.store(level, std::memory_order_relaxed);
    return wasi::Errno::Success;
  }
  wasi::Errno read(uint32_t port, uint32_t pin, bool& level) override {
    level = pins_[port][pin].level.load(std::memory_order_relaxed);
    return wasi::Errno::Success;
  }
  wasi::Errno watch(uint32_t, uint32_t, bool) override { return wasi::Errno::Success; }
  /// "led0" … "led7" are pins 0 … 7 of port 0, "button0" … "button7" those of port 1.
  bool find(StringRef name, uint32_t& port, uint32_t& pin) const override;

  // The world. From any thread.

  /// Changes an input and tells those who watch it. False when it is out of range.
  bool set_input(Devices& devices, uint32_t port, uint32_t pin, bool level);
  [[nodiscard]] bool level(uint32_t port, uint32_t pin) const {
    return port < kPorts && pin < kPinsPerPort && pins_[port][pin].level.load(std::memory_order_relaxed);
  }

 private:
  struct Pin {
    PinDirection direction = PinDirection::Input;
    std::atomic<bool> level{false};
  };
  Pin pins_[kPorts][kPinsPerPort];
};

/// Sensors with one channel each and a settable value.
class SimulatedSensors final : public SensorDriver {
 public:
  static constexpr uint32_t kMaxSensors = 16;

  uint32_t count() const override { return count_; }
  StringRef name(uint32_t sensor) const override { return sensors_[sensor].name; }
  uint32_t channel_count(uint32_t) const override { return 1; }
  uint32_t channel_type(uint32_t sensor, uint32_t) const override { return sensors_[sensor].type; }
  wasi::Errno read(uint32_t sensor, uint32_t type, double& value) override {
    if (sensors_[sensor].type != type) return wasi::Errno::NoEnt;
    value = sensors_[sensor].value.load(std::memory_order_relaxed);
    return wasi::Errno::Success;
  }

  /// Before the runtime starts. The name must outlive this object. False when there are too many.
  bool add(StringRef name, uint32_t type, double value);
  /// Those that umberd and umber run have: a temperature, and random numbers under the name that Ocre's sample looks for.
  void add_samples();
  /// From any thread. False when there is no such sensor.
  bool set_value(StringRef name, double value);

 private:
  struct Sensor {
    StringRef name;
    uint32_t type = 0;
    std::atomic<double> value{0};
  };
  Sensor sensors_[kMaxSensors];
  uint32_t count_ = 0;
};

}  // namespace umber::container
