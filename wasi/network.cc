#include "wasi/network.h"

#include <cstring>

namespace umber::wasi {

namespace {

constexpr size_t kMaxLearnt = 256;

/// Takes the digits off the front; false without any or beyond `max`.
bool parse_number(StringRef& text, unsigned base, uint32_t max, uint32_t& out) {
  out = 0;
  size_t used = 0;
  for (; used < text.size(); ++used) {
    const char c = text[used];
    unsigned digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'f') digit = static_cast<unsigned>((c | 32) - 'a') + 10;
    if (digit >= base) break;
    out = out * base + digit;
    if (out > max) return false;
  }
  text = text.substr(used);
  return used > 0;
}

bool parse_v4(StringRef text, uint8_t out[4]) {
  for (int i = 0; i < 4; ++i) {
    uint32_t part = 0;
    if (i > 0) {
      if (text.empty() || text[0] != '.') return false;
      text = text.substr(1);
    }
    if (!parse_number(text, 10, 255, part)) return false;
    out[i] = static_cast<uint8_t>(part);
  }
  return text.empty();
}

/// Groups, of which one "::" stands for as many zeros as are missing.
bool parse_v6(StringRef text, uint8_t out[16]) {
  uint16_t groups[8] = {};
  int count = 0, gap = -1;
  while (!text.empty()) {
    if (text.starts_with("::")) {
      if (gap >= 0) return false;
      gap = count;
      text = text.substr(2);
      if (text.empty()) break;
    } else if (count > 0) {
      if (text[0] != ':') return false;
      text = text.substr(1);
    }
    uint32_t group = 0;
    if (count == 8 || !parse_number(text, 16, 0xffff, group)) return false;
    groups[count++] = static_cast<uint16_t>(group);
  }
  if (gap < 0 ? count != 8 : count == 8) return false;
  for (int i = 0; i < 16; ++i) out[i] = 0;
  for (int i = 0; i < count; ++i) {
    const int at = gap >= 0 && i >= gap ? i + 8 - count : i;
    out[2 * at] = static_cast<uint8_t>(groups[i] >> 8);
    out[2 * at + 1] = static_cast<uint8_t>(groups[i]);
  }
  return true;
}

bool same_text(StringRef a, StringRef b) {  // host names know no case
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// An IPv4 address in IPv6's clothes reaches the IPv4 host, so it is judged as one.
SocketAddress plain(const SocketAddress& address) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!address.is_v6 || std::memcmp(address.bytes, kMapped, sizeof kMapped) != 0) return address;
  SocketAddress v4;
  v4.port = address.port;
  std::memcpy(v4.bytes, address.bytes + 12, 4);
  return v4;
}

bool same_host(const SocketAddress& a, const SocketAddress& b) {
  return a.is_v6 == b.is_v6 && std::memcmp(a.bytes, b.bytes, a.is_v6 ? 16 : 4) == 0;
}

Error bad_rule(StringRef rule) {
  return Error::of(ErrorCode::InvalidArgument, "no network rule: ", Quoted{rule},
                   "; expected [connect:|listen:]HOST:PORT, HOST a name, an address ([…] around IPv6) or *, PORT a number or *");
}

}  // namespace

bool parse_address(StringRef text, SocketAddress& out) {
  SocketAddress parsed;
  parsed.port = out.port;
  parsed.is_v6 = !parse_v4(text, parsed.bytes);
  if (parsed.is_v6 && !parse_v6(text, parsed.bytes)) return false;
  out = parsed;
  return true;
}

bool Network::parse(StringRef text, Rule& rule) {
  StringRef rest = text;
  if (rest.starts_with("connect:")) {
    rest = rest.substr(8);
  } else if (rest.starts_with("listen:")) {
    rule.use = NetworkUse::Listen;
    rest = rest.substr(7);
  }
  size_t colon = rest.size();
  while (colon > 0 && rest[colon - 1] != ':') --colon;
  if (colon < 2) return false;
  StringRef host = rest.substr(0, colon - 1), port = rest.substr(colon);
  uint32_t number = 0;
  rule.any_port = port == StringRef("*");
  if (!rule.any_port && (!parse_number(port, 10, 65535, number) || !port.empty())) return false;
  rule.address.port = static_cast<uint16_t>(number);
  if (host == StringRef("*")) {
    rule.any_host = true;
  } else if (host[0] == '[') {
    if (host[host.size() - 1] != ']' || !parse_address(host.substr(1, host.size() - 2), rule.address) || !rule.address.is_v6) return false;
  } else if (!parse_address(host, rule.address) || rule.address.is_v6) {
    // A name; what may be bound must be told by its address.
    for (char c : host)
      if (c == ':' || c == '/' || c == '*') return false;
    if (rule.use == NetworkUse::Listen || host.size() > kMaxName) return false;
    rule.name = host;
  }
  rule.address = plain(rule.address);
  return true;
}

bool Network::is_rule(StringRef text) {
  Rule rule;
  return parse(text, rule);
}

Status Network::allow(StringRef text) {
  Rule rule;
  if (!parse(text, rule)) return bad_rule(text);
  if (rules_ == nullptr && (rules_ = allocator_.create<Rules>(allocator_)) == nullptr) return Error::out_of_memory("a network rule");
  if (!rule.name.empty()) {
    char* copy = rules_->texts.allocate_array<char>(rule.name.size());
    if (copy == nullptr) return Error::out_of_memory("a network rule");
    std::memcpy(copy, rule.name.data(), rule.name.size());
    rule.name = {copy, rule.name.size()};
  }
  return rules_->given.push(rule) ? Status() : Error::out_of_memory("a network rule");
}

bool Network::may(NetworkUse use, const SocketAddress& given) const {
  if (rules_ == nullptr) return false;
  const SocketAddress address = plain(given);
  const auto allows = [&](const Rule& rule) {
    return rule.use == use && rule.name.empty() && has_port(rule, address.port) && (rule.any_host || same_host(rule.address, address));
  };
  for (const Rule& rule : rules_->given)
    if (allows(rule)) return true;
  for (const Rule& rule : rules_->learnt)
    if (allows(rule)) return true;
  return false;
}

bool Network::may_look_up(StringRef name) const {
  if (rules_ == nullptr) return false;
  for (const Rule& rule : rules_->given)
    if (rule.use == NetworkUse::Connect && (rule.any_host || (!rule.name.empty() && same_text(rule.name, name)))) return true;
  return false;
}

bool Network::learn(StringRef name, const SocketAddress& given) {
  if (rules_ == nullptr) return true;
  for (const Rule& rule : rules_->given) {
    if (rule.name.empty() || !same_text(rule.name, name)) continue;
    Rule learnt = rule;
    learnt.name = {};
    const uint16_t port = rule.address.port;
    learnt.address = plain(given);
    learnt.address.port = port;
    bool is_known = false;
    for (const Rule& known : rules_->learnt)
      is_known |= same_host(known.address, learnt.address) && known.address.port == port && known.any_port == rule.any_port;
    if (!is_known && (rules_->learnt.size() == kMaxLearnt || !rules_->learnt.push(learnt))) return false;
  }
  return true;
}

}  // namespace umber::wasi
