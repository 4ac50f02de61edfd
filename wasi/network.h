// What a guest may reach over the network: nothing, but for the rules that the embedder adds.
//
//   connect:HOST:PORT   connect to it, send to it, and look the name up; without a prefix the same
//   listen:HOST:PORT    bind sockets to it
//
// HOST is a name, an IPv4 address, an IPv6 address in brackets, or * for any; PORT a number, or * for any. A name stands for the
// addresses that looking it up has given, so the guest connects to what the rule named and not to what it says has that name.
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "wasi/platform.h"

namespace umber::wasi {

enum class NetworkUse : uint8_t { Connect, Listen };

/// A dotted IPv4 address, or an IPv6 address in groups of hexadecimal digits. The port is left alone.
[[nodiscard]] bool parse_address(StringRef text, SocketAddress& out);

class Network {
 public:
  explicit Network(Allocator& allocator) : allocator_(allocator) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network() { allocator_.destroy(rules_); }

  [[nodiscard]] static bool is_rule(StringRef text);
  /// InvalidArgument with the grammar, OutOfMemory.
  [[nodiscard]] Status allow(StringRef rule);
  /// Any rule at all: without one there are no functions to import.
  [[nodiscard]] bool is_enabled() const { return rules_ != nullptr; }
  [[nodiscard]] bool may(NetworkUse use, const SocketAddress& address) const;
  [[nodiscard]] bool may_look_up(StringRef name) const;
  /// `name` was looked up and has this address. False: no memory, or too many.
  [[nodiscard]] bool learn(StringRef name, const SocketAddress& address);

 private:
  struct Rule {
    NetworkUse use = NetworkUse::Connect;
    StringRef name;  ///< empty: `address`, or any
    bool any_host = false;
    bool any_port = false;
    SocketAddress address;  ///< its port is the rule's
  };
  /// `out.name` is a part of `text`.
  [[nodiscard]] static bool parse(StringRef text, Rule& out);
  [[nodiscard]] static bool has_port(const Rule& rule, uint16_t port) { return rule.any_port || rule.address.port == port; }

  struct Rules {
    explicit Rules(Allocator& allocator) : texts(allocator, 256), given(allocator), learnt(allocator) {}
    Arena texts;
    Vec<Rule> given;
    Vec<Rule> learnt;  ///< address rules that follow from name rules
  };

  Allocator& allocator_;
  Rules* rules_ = nullptr;  ///< null: there are none, as for most guests
};

}  // namespace umber::wasi
