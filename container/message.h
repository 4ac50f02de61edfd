// A published message, shared read-only by the queues it was delivered to and freed with the last of them. The bytes were copied
// out of the publisher's memory by the publisher's thread; each receiver's own thread copies them into its guest.
#pragma once

#include <atomic>
#include <cstring>

#include "base/allocator.h"
#include "base/string_ref.h"

namespace umber::container {

class Message {
 public:
  /// Null when there is no memory. Holds one reference. The texts are copied.
  [[nodiscard]] static Message* create(Allocator& allocator, StringRef topic, StringRef content_type, StringRef payload);

  void add_reference() { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop();

  [[nodiscard]] StringRef topic() const { return {text(), topic_size_}; }
  [[nodiscard]] StringRef content_type() const { return {text() + topic_size_, content_type_size_}; }
  [[nodiscard]] StringRef payload() const { return {text() + topic_size_ + content_type_size_, payload_size_}; }
  /// What a queue is charged for it.
  [[nodiscard]] size_t bytes() const { return sizeof(Message) + topic_size_ + content_type_size_ + payload_size_; }

  uint32_t id = 0;         ///< counts all messages of a bus
  uint64_t sender = 0;     ///< handle of a requester that waits for a reply; 0: nobody does
  uint32_t request = 0;    ///< the requester's number for it

 private:
  explicit Message(Allocator& allocator) : allocator_(allocator) {}
  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] const char* text() const { return reinterpret_cast<const char*>(this + 1); }

  Allocator& allocator_;
  std::atomic<uint32_t> references_{1};
  uint32_t topic_size_ = 0;
  uint32_t content_type_size_ = 0;
  uint32_t payload_size_ = 0;
};

inline Message* Message::create(Allocator& allocator, StringRef topic, StringRef content_type, StringRef payload) {
  constexpr size_t kMost = UINT32_MAX / 4;
  if (topic.size() > kMost || content_type.size() > kMost || payload.size() > kMost) return nullptr;
  void* memory = allocator.allocate(sizeof(Message) + topic.size() + content_type.size() + payload.size(), alignof(Message));
  if (memory == nullptr) return nullptr;
  auto* message = new (memory) Message(allocator);
  char* out = message->text();
  for (const StringRef part : {topic, content_type, payload}) {
    if (!part.empty()) std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  message->topic_size_ = static_cast<uint32_t>(topic.size());
  message->content_type_size_ = static_cast<uint32_t>(content_type.size());
  message->payload_size_ = static_cast<uint32_t>(payload.size());
  return message;
}

inline void Message::drop() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  const size_t size = bytes();
  this->~Message();
  allocator.release(this, size, alignof(Message));
}

}  // namespace umber::container
