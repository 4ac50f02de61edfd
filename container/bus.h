// Publish and subscribe between containers (and the embedder). A message goes into the inbox of every subscriber whose pattern
// matches and whose inbox has room; one that has none loses the message, and the publisher is told how many did. Nothing here
// touches a guest's memory. Order of locks: the bus's, then an inbox's.
#pragma once

#include "container/grant.h"
#include "container/inbox.h"

namespace umber::container {

enum class MatchRule : uint8_t {
  Pattern,  ///< MQTT
  Prefix,   ///< topics that begin with the text, as the Ocre SDK has it
};

struct PublishResult {
  uint32_t delivered = 0;
  uint32_t full = 0;         ///< subscribers that had no room
  bool out_of_memory = false;
};

struct BusLimits {
  uint32_t max_subscriptions = 16;  ///< of each member
  uint32_t max_payload = 64 * 1024;
};

/// Thread-safe.
class Bus {
 public:
  /// Both outlive the bus.
  Bus(Allocator& allocator, Monitor& lock, const BusLimits& limits = {});
  ~Bus();

  /// `handle`: where replies to this member go. `grants`: topics that it may see; null for everything.
  [[nodiscard]] bool join(uint64_t handle, Inbox& inbox, const GrantSet* grants, Allocator& charged);
  /// Takes the member's subscriptions along; nothing is posted to the inbox afterwards.
  void leave(const Inbox& inbox);

  enum class SubscribeResult : uint8_t { Ok, Already, Malformed, Denied, LimitReached, NoMemory, NotFound };
  [[nodiscard]] SubscribeResult subscribe(const Inbox& inbox, StringRef text, MatchRule rule);
  [[nodiscard]] SubscribeResult unsubscribe(const Inbox& inbox, StringRef text);

  /// Whether the sender may publish on the topic is the caller's to check. `sender`, `request`: see Message; 0 for none.
  PublishResult publish(StringRef topic, StringRef content_type, StringRef payload, uint64_t sender = 0, uint32_t request = 0);
  /// False: the requester has gone, has no such request open, or has no room.
  [[nodiscard]] bool reply(uint64_t requester, uint32_t request, StringRef content_type, StringRef payload);

  [[nodiscard]] const BusLimits& limits() const { return limits_; }
  [[nodiscard]] size_t subscription_count();

 private:
  struct Member {
    uint64_t handle = 0;
    Inbox* inbox = nullptr;
    const GrantSet* grants = nullptr;
    Allocator* charged = nullptr;
    uint32_t subscriptions = 0;
  };
  struct Subscription {
    Inbox* inbox = nullptr;
    const GrantSet* grants = nullptr;
    Allocator* charged = nullptr;
    StringRef text = {};
    MatchRule rule = MatchRule::Pattern;
  };
  [[nodiscard]] Member* find(const Inbox& inbox);
  void remove(size_t idx);
  [[nodiscard]] static bool wants(const Subscription& subscription, StringRef topic);

  Allocator& allocator_;
  Monitor& lock_;
  const BusLimits limits_;
  Vec<Member> members_;
  Vec<Subscription> subscriptions_;
  uint32_t next_id_ = 0;
};

}  // namespace umber::container
