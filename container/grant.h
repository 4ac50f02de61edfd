// Permissions, deny by default. A container has what its grants name and nothing else. Grants are texts, parsed strictly: an
// unknown kind or a malformed grant is an error with a suggestion, never ignored.
//
//   dir:HOST:GUEST[:ro|rw]         a directory of the host under a name for the guest; read-only unless rw
//   volume:NAME:GUEST[:ro|rw]      a managed directory that outlives the container; rw unless ro
//   listen:tcp:ADDRESS:PORT        a listening socket, handed over as a descriptor; numeric address
//   connect:tcp:ADDRESS:PORT       a connected socket, likewise
//   net:RULE                       sockets that the guest opens itself (wasi/network.h): [connect:]HOST:PORT, listen:ADDRESS:PORT
//   publish:PATTERN                topics it may publish on    (MQTT patterns: + one level, # the rest)
//   subscribe:PATTERN              topics it may subscribe to
//   timers[:COUNT]                 at most COUNT timers (16)
//   gpio:PORT/PIN[:in|out|inout]   a pin; * for any port or pin; inout unless said
//   sensor:NAME                    a sensor; * for any
//   clock[:realtime|monotonic|cpu] one clock, or all
//   random                         random numbers
//   env:NAME                       passes a variable of the host's environment on
#pragma once

#include <span>

#include "base/error.h"

namespace umber::container {

enum class GrantKind : uint8_t {
  Directory, Volume, Listen, Connect, Publish, Subscribe, Timers, Gpio, Sensor, Clock, Random, Environment, Network,
};
inline constexpr size_t kGrantKinds = 13;

/// The word before the first colon, and the grammar for messages.
[[nodiscard]] StringRef word_of(GrantKind kind);
[[nodiscard]] StringRef usage_of(GrantKind kind);

enum class PinUse : uint8_t { In = 1, Out = 2, InOut = 3 };
enum class ClockUse : uint8_t { All, Realtime, Monotonic, Cpu };

/// One parsed grant: a text, which outlives it, and where its parts are. Containers on a device have many, so it is small.
class Grant {
 public:
  static constexpr uint16_t kAny = 0xffff;
  static constexpr size_t kMaxText = 0xffff;

  GrantKind kind = GrantKind::Directory;
  bool writable = false;
  PinUse pin_use = PinUse::InOut;
  ClockUse clock = ClockUse::All;
  uint16_t port = 0;     ///< TCP port, or GPIO port (kAny for *)
  uint16_t pin = 0;      ///< GPIO pin (kAny for *)
  uint16_t count = 0;    ///< of timers

  [[nodiscard]] StringRef text() const { return {text_, size_}; }
  /// Host path, volume name, address, network rule, pattern, sensor or variable.
  [[nodiscard]] StringRef subject() const { return {text_ + subject_, subject_size_}; }
  /// Of a directory or volume.
  [[nodiscard]] StringRef guest_name() const { return {text_ + guest_name_, guest_name_size_}; }

  // While it is parsed: `text` of at most kMaxText bytes, and parts of it.
  void set_text(StringRef text) {
    text_ = text.data();
    size_ = static_cast<uint16_t>(text.size());
  }
  void set_subject(StringRef part) { set_part(part, subject_, subject_size_); }
  void set_guest_name(StringRef part) { set_part(part, guest_name_, guest_name_size_); }

 private:
  void set_part(StringRef part, uint16_t& at, uint16_t& size) const {
    at = part.empty() ? 0 : static_cast<uint16_t>(part.data() - text_);
    size = static_cast<uint16_t>(part.size());
  }
  uint16_t size_ = 0;
  const char* text_ = "";
  uint16_t subject_ = 0, subject_size_ = 0;
  uint16_t guest_name_ = 0, guest_name_size_ = 0;
};
static_assert(sizeof(Grant) == 20 + sizeof(void*) + (sizeof(void*) == 8 ? 4 : 0));

/// InvalidArgument: unknown kind (with a suggestion) or malformed (with the grammar).
[[nodiscard]] Result<Grant> parse_grant(StringRef text);

/// What one container may do. Immutable while the container lives, so any thread may ask.
class GrantSet {
 public:
  /// The grants outlive the set.
  explicit GrantSet(std::span<const Grant> grants = {}) : grants_(grants) {}

  [[nodiscard]] std::span<const Grant> all() const { return grants_; }

  [[nodiscard]] bool has(GrantKind kind) const;
  [[nodiscard]] bool may_publish(StringRef topic) const;
  [[nodiscard]] bool may_subscribe(StringRef pattern) const;
  /// `use`: everything it asks for must be granted by one grant.
  [[nodiscard]] bool may_use_pin(uint32_t port, uint32_t pin, PinUse use) const;
  [[nodiscard]] bool may_read_sensor(StringRef name) const;
  [[nodiscard]] bool may_read_clock(ClockUse clock) const;
  /// 0 without a grant.
  [[nodiscard]] uint32_t max_timers() const;

 private:
  std::span<const Grant> grants_;
};

}  // namespace umber::container
