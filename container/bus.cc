#include "container/bus.h"

#include <cstring>

#include "container/topic.h"

namespace umber::container {

Bus::Bus(Allocator& allocator, Monitor& lock, const BusLimits& limits)
    : allocator_(allocator), lock_(lock), limits_(limits), members_(allocator), subscriptions_(allocator) {}

Bus::~Bus() {
  while (!subscriptions_.empty()) remove(subscriptions_.size() - 1);
}

Bus::Member* Bus::find(const Inbox& inbox) {
  for (Member& member : members_)
    if (member.inbox == &inbox) return &member;
  return nullptr;
}

bool Bus::join(uint64_t handle, Inbox& inbox, const GrantSet* grants, Allocator& charged) {
  Locked locked(lock_);
  return members_.push({handle, &inbox, grants, &charged});
}

void Bus::leave(const Inbox& inbox) {
  Locked locked(lock_);
  for (size_t i = subscriptions_.size(); i-- > 0;)
    if (subscriptions_[i].inbox == &inbox) remove(i);
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].inbox != &inbox) continue;
    members_[i] = members_.back();
    members_.pop();
    return;
  }
}

/// The order of subscriptions is nobody's business.
void Bus::remove(size_t idx) {
  Subscription& subscription = subscriptions_[idx];
  subscription.charged->release(const_cast<char*>(subscription.text.data()), subscription.text.size(), 1);
  subscription = subscriptions_.back();
  subscriptions_.pop();
}

Bus::SubscribeResult Bus::subscribe(const Inbox& inbox, StringRef text, MatchRule rule) {
  if (rule == MatchRule::Pattern ? !is_topic_pattern(text) : !is_topic_name(text)) return SubscribeResult::Malformed;
  Locked locked(lock_);
  Member* member = find(inbox);
  if (member == nullptr) return SubscribeResult::NotFound;
  // What a prefix lets through is checked message by message.
  if (rule == MatchRule::Pattern && member->grants != nullptr && !member->grants->may_subscribe(text)) return SubscribeResult::Denied;
  for (const Subscription& each : subscriptions_)
    if (each.inbox == &inbox && each.rule == rule && each.text == text) return SubscribeResult::Already;
  if (member->subscriptions >= limits_.max_subscriptions) return SubscribeResult::LimitReached;
  auto* copy = static_cast<char*>(member->charged->allocate(text.size(), 1));
  if (copy == nullptr) return SubscribeResult::NoMemory;
  std::memcpy(copy, text.data(), text.size());
  if (!subscriptions_.push({member->inbox, member->grants, member->charged, {copy, text.size()}, rule})) {
    member->charged->release(copy, text.size(), 1);
    return SubscribeResult::NoMemory;
  }
  ++member->subscriptions;
  return SubscribeResult::Ok;
}

Bus::SubscribeResult Bus::unsubscribe(const Inbox& inbox, StringRef text) {
  Locked locked(lock_);
  Member* member = find(inbox);
  for (size_t i = 0; member != nullptr && i < subscriptions_.size(); ++i) {
    if (subscriptions_[i].inbox != &inbox || !(subscriptions_[i].text == text)) continue;
    remove(i);
    --member->subscriptions;
    return SubscribeResult::Ok;
  }
  return SubscribeResult::NotFound;
}

bool Bus::wants(const Subscription& subscription, StringRef topic) {
  if (subscription.rule == MatchRule::Pattern) return topic_matches(subscription.text, topic);
  return topic.starts_with(subscription.text) && (subscription.grants == nullptr || subscription.grants->may_subscribe(topic));
}

PublishResult Bus::publish(StringRef topic, StringRef content_type, StringRef payload, uint64_t sender, uint32_t request) {
  PublishResult result;
  Locked locked(lock_);
  Message* message = nullptr;
  for (const Subscription& subscription : subscriptions_) {
    if (!wants(subscription, topic)) continue;
    if (message == nullptr) {  // only when somebody listens
      message = Message::create(allocator_, topic, content_type, payload);
      if (message == nullptr) {
        result.out_of_memory = true;
        return result;
      }
      if (++next_id_ == 0) ++next_id_;
      message->id = next_id_;
      message->sender = sender;
      message->request = request;
    }
    if (subscription.inbox->last_message_id == message->id) continue;
    subscription.inbox->last_message_id = message->id;
    message->add_reference();
    if (subscription.inbox->post({.type = EventType::Message, .id = message->id, .content = message})) {
      ++result.delivered;
    } else {
      message->drop();
      ++result.full;
    }
  }
  if (message != nullptr) message->drop();
  return result;
}

bool Bus::reply(uint64_t requester, uint32_t request, StringRef content_type, StringRef payload) {
  Locked locked(lock_);
  for (const Member& member : members_) {
    if (member.handle != requester) continue;
    Message* message = Message::create(allocator_, {}, content_type, payload);
    if (message == nullptr) return false;
    if (member.inbox->post_reply(request, *message)) return true;
    message->drop();
    return false;
  }
  return false;
}

size_t Bus::subscription_count() {
  Locked locked(lock_);
  return subscriptions_.size();
}

}  // namespace umber::container
