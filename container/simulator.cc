#include "container/simulator.h"

namespace umber::container {

bool SimulatedPins::find(StringRef name, uint32_t& port, uint32_t& pin) const {
  struct Row {
    StringRef prefix;
    uint32_t port;
  };
  for (const Row& row : {Row{"led", 0}, Row{"button", 1}}) {
    if (!name.starts_with(row.prefix) || name.size() != row.prefix.size() + 1) continue;
    const char digit = name[row.prefix.size()];
    if (digit < '0' || digit > '7') return false;
    port = row.port;
    pin = static_cast<uint32_t>(digit - '0');
    return true;
  }
  return false;
}

bool SimulatedPins::set_input(Devices& devices, uint32_t port, uint32_t pin, bool level) {
  if (port >= kPorts || pin >= kPinsPerPort) return false;
  if (pins_[port][pin].level.exchange(level, std::memory_order_relaxed) != level) devices.pin_changed(port, pin, level);
  return true;
}

bool SimulatedSensors::add(StringRef name, uint32_t type, double value) {
  if (count_ == kMaxSensors) return false;
  sensors_[count_].name = name;
  sensors_[count_].type = type;
  sensors_[count_].value.store(value, std::memory_order_relaxed);
  ++count_;
  return true;
}

bool SimulatedSensors::set_value(StringRef name, double value) {
  for (uint32_t i = 0; i < count_; ++i) {
    if (!(sensors_[i].name == name)) continue;
    sensors_[i].value.store(value, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void SimulatedSensors::add_samples() {
  (void)add("temperature", 7, 20.0);
  (void)add("RNG Sensor", 3, 4.0);
}

}  // namespace umber::container
