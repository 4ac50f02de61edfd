// The grammar of grants, and the questions that host functions ask of them.
#include "container/grant.h"

#include "base/nearest_word.h"
#include "container/topic.h"
#include "wasi/network.h"

namespace umber::container {

namespace {

constexpr uint32_t kDefaultTimers = 16;
constexpr uint32_t kMaxTimers = 1024;

struct KindRow {
  StringRef word;
  StringRef usage;
};

/// By GrantKind.
constexpr KindRow kKinds[kGrantKinds] = {
    {"dir", "dir:HOST:GUEST[:ro|rw]"},
    {"volume", "volume:NAME:GUEST[:ro|rw]"},
    {"listen", "listen:tcp:ADDRESS:PORT"},
    {"connect", "connect:tcp:ADDRESS:PORT"},
    {"publish", "publish:PATTERN"},
    {"subscribe", "subscribe:PATTERN"},
    {"timers", "timers[:COUNT]"},
    {"gpio", "gpio:PORT/PIN[:in|out|inout]"},
    {"sensor", "sensor:NAME"},
    {"clock", "clock[:realtime|monotonic|cpu]"},
    {"random", "random"},
    {"env", "env:NAME"},
    {"net", "net:[connect:|listen:]HOST:PORT"},
};

/// Cuts `text` at the first `separator`; the rest is empty when there is none.
bool split(StringRef text, char separator, StringRef& head, StringRef& tail) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != separator) continue;
    head = text.substr(0, i);
    tail = text.substr(i + 1);
    return true;
  }
  head = text;
  tail = {};
  return false;
}

bool split_last(StringRef text, char separator, StringRef& head, StringRef& tail) {
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] != separator) continue;
    head = text.substr(0, i);
    tail = text.substr(i + 1);
    return true;
  }
  return false;
}

bool parse_number(StringRef text, uint32_t max, uint32_t& out) {
  if (text.empty() || text.size() > 9) return false;
  uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  out = value;
  return value <= max;
}

bool parse_port_or_any(StringRef text, uint16_t& out) {
  uint32_t value = Grant::kAny;
  if (!(text == "*") && !parse_number(text, Grant::kAny - 1, value)) return false;
  out = static_cast<uint16_t>(value);
  return true;
}

/// SUBJECT:GUEST[:ro|rw]
bool parse_mount(StringRef rest, Grant& grant) {
  StringRef subject, guest_name, access;
  grant.writable = grant.kind == GrantKind::Volume;
  if (!split(rest, ':', subject, rest)) return false;
  const bool has_access = split(rest, ':', guest_name, access);
  grant.set_subject(subject);
  grant.set_guest_name(guest_name);
  if (has_access) {
    if (!(access == "ro") && !(access == "rw")) return false;
    grant.writable = access == "rw";
  }
  return !subject.empty() && !guest_name.empty();
}

/// A volume's name becomes a directory's name: letters, digits, '_', '-', '.', not beginning with a dot.
bool is_volume_name(StringRef name) {
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!good) return false;
  }
  return !name.empty() && name[0] != '.' && name.size() <= 64;
}

/// tcp:ADDRESS:PORT; the address may hold colons.
bool parse_socket(StringRef rest, Grant& grant) {
  StringRef protocol, address, port;
  uint32_t number = 0;
  if (!split(rest, ':', protocol, rest) || !(protocol == "tcp")) return false;
  if (!split_last(rest, ':', address, port) || address.empty()) return false;
  grant.set_subject(address);
  if (!parse_number(port, 65535, number) || number == 0) return false;
  grant.port = static_cast<uint16_t>(number);
  return true;
}

bool parse_gpio(StringRef rest, Grant& grant) {
  StringRef place, use, port, pin;
  if (split(rest, ':', place, use)) {
    if (use == "in")
      grant.pin_use = PinUse::In;
    else if (use == "out")
      grant.pin_use = PinUse::Out;
    else if (!(use == "inout"))
      return false;
  }
  grant.set_subject(place);
  return split(place, '/', port, pin) && parse_port_or_any(port, grant.port) && parse_port_or_any(pin, grant.pin);
}

bool parse_clock(StringRef name, Grant& grant) {
  grant.set_subject(name);
  if (name.empty()) return true;
  grant.clock = name == "realtime" ? ClockUse::Realtime : name == "monotonic" ? ClockUse::Monotonic : ClockUse::Cpu;
  return name == "realtime" || name == "monotonic" || name == "cpu";
}

bool parse_timers(StringRef rest, bool has_rest, Grant& grant) {
  uint32_t count = kDefaultTimers;
  if (has_rest && !parse_number(rest, kMaxTimers, count)) return false;
  grant.count = static_cast<uint16_t>(count);
  return true;
}

bool parse_rest(StringRef rest, bool has_rest, Grant& grant) {
  grant.set_subject(rest);
  switch (grant.kind) {
    case GrantKind::Directory: return parse_mount(rest, grant);
    case GrantKind::Volume: return parse_mount(rest, grant) && is_volume_name(grant.subject());
    case GrantKind::Listen:
    case GrantKind::Connect: return parse_socket(rest, grant);
    case GrantKind::Publish:
    case GrantKind::Subscribe: return is_topic_pattern(rest);
    case GrantKind::Timers:
      return parse_timers(rest, has_rest, grant);
    case GrantKind::Gpio: return parse_gpio(rest, grant);
    case GrantKind::Sensor:
    case GrantKind::Environment: return !rest.empty();
    case GrantKind::Clock: return (!has_rest || !rest.empty()) && parse_clock(rest, grant);
    case GrantKind::Random: return !has_rest;
    case GrantKind::Network: return wasi::Network::is_rule(rest);
  }
  return false;
}

Error unknown_kind(StringRef word) {
  NearestWord near(word);
  for (const auto& kind : kKinds) near.offer(kind.word);
  if (!near.best().empty())
    return Error::of(ErrorCode::InvalidArgument, "unknown permission ", Quoted{word}, "; did you mean ", Quoted{near.best()}, "?");
  Error::Text known;
  for (const auto& kind : kKinds) known.add(known.empty() ? "" : ", ", kind.word);
  return Error::of(ErrorCode::InvalidArgument, "unknown permission ", Quoted{word}, "; known are ", known.str());
}

}  // namespace

StringRef word_of(GrantKind kind) { return kKinds[static_cast<size_t>(kind)].word; }
StringRef usage_of(GrantKind kind) { return kKinds[static_cast<size_t>(kind)].usage; }

Result<Grant> parse_grant(StringRef text) {
  StringRef word, rest;
  if (text.size() > Grant::kMaxText) return Error::of(ErrorCode::InvalidArgument, "a permission of ", text.size(), " bytes is too long");
  const bool has_rest = split(text, ':', word, rest);
  for (size_t i = 0; i < kGrantKinds; ++i) {
    if (!(kKinds[i].word == word)) continue;
    Grant grant;
    grant.kind = static_cast<GrantKind>(i);
    grant.set_text(text);
    if (parse_rest(rest, has_rest, grant)) return grant;
    return Error::of(ErrorCode::InvalidArgument, "malformed permission ", Quoted{text}, "; expected ", kKinds[i].usage);
  }
  return unknown_kind(word);
}

bool GrantSet::has(GrantKind kind) const {
  for (const Grant& grant : grants_)
    if (grant.kind == kind) return true;
  return false;
}

bool GrantSet::may_publish(StringRef topic) const {
  for (const Grant& grant : grants_)
    if (grant.kind == GrantKind::Publish && topic_matches(grant.subject(), topic)) return true;
  return false;
}

bool GrantSet::may_subscribe(StringRef pattern) const {
  for (const Grant& grant : grants_)
    if (grant.kind == GrantKind::Subscribe && pattern_covers(grant.subject(), pattern)) return true;
  return false;
}

bool GrantSet::may_use_pin(uint32_t port, uint32_t pin, PinUse use) const {
  const auto covers = [](uint16_t granted, uint32_t asked) { return granted == Grant::kAny || granted == asked; };
  const auto wanted = static_cast<uint8_t>(use);
  for (const Grant& grant : grants_) {
    if (grant.kind != GrantKind::Gpio || !covers(grant.port, port) || !covers(grant.pin, pin)) continue;
    if ((static_cast<uint8_t>(grant.pin_use) & wanted) == wanted) return true;
  }
  return false;
}

bool GrantSet::may_read_sensor(StringRef name) const {
  for (const Grant& grant : grants_)
    if (grant.kind == GrantKind::Sensor && (grant.subject() == "*" || grant.subject() == name)) return true;
  return false;
}

bool GrantSet::may_read_clock(ClockUse clock) const {
  for (const Grant& grant : grants_)
    if (grant.kind == GrantKind::Clock && (grant.clock == ClockUse::All || grant.clock == clock)) return true;
  return false;
}

uint32_t GrantSet::max_timers() const {
  uint32_t most = 0;
  for (const Grant& grant : grants_)
    if (grant.kind == GrantKind::Timers && grant.count > most) most = grant.count;
  return most;
}

}  // namespace umber::container
