#include "container/event_file.h"

#include <cstring>

#include "container/guest_api.h"
#include "container/guest_platform.h"

namespace umber::container {

using wasi::Errno;

namespace {

EventRecord record_of(const Event& event) {
  EventRecord record{};
  record.size = sizeof record;
  record.type = static_cast<uint16_t>(event.type);
  record.id = event.id;
  record.port = event.port;
  const Message* message = event.message();
  if (message == nullptr) {
    record.state = event.state;
  } else {
    record.topic_size = static_cast<uint32_t>(message->topic().size());
    record.content_type_size = static_cast<uint32_t>(message->content_type().size());
    record.payload_size = static_cast<uint32_t>(message->payload().size());
    record.size += record.topic_size + record.content_type_size + record.payload_size;
    record.reply_to = message->sender;
    record.request = message->request;
  }
  return record;
}

/// Fills the parts of a read one after the other.
class Scatter {
 public:
  explicit Scatter(wasi::ReadParts parts) : parts_(parts) {}
  [[nodiscard]] size_t room() const {
    size_t room = 0;
    for (const wasi::ReadPart& part : parts_) room += part.size;
    return room;
  }
  /// Fits, or the rest is cut.
  void put(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    while (size > 0 && idx_ < parts_.size()) {
      const size_t left = parts_[idx_].size - used_;
      const size_t count = size < left ? size : left;
      if (count > 0) std::memcpy(parts_[idx_].data + used_, bytes, count);
      bytes += count;
      size -= count;
      used_ += count;
      if (used_ < parts_[idx_].size) continue;
      ++idx_;
      used_ = 0;
    }
  }

 private:
  wasi::ReadParts parts_;
  size_t idx_ = 0;
  size_t used_ = 0;
};

class EventFile final : public wasi::File {
 public:
  explicit EventFile(GuestContext& guest) : guest_(guest) {}
  ~EventFile() = default;

  Errno close() override {
    guest_.allocator().destroy(this);
    return Errno::Success;
  }
  wasi::FileType type() const override { return wasi::FileType::CharacterDevice; }
  int wait_handle() const override { return GuestPlatform::kInboxHandle; }
  Errno read(wasi::ReadParts parts, size_t& count) override {
    count = 0;
    const uint64_t now = guest_.clock().now_ns();
    Event event;
    if (!guest_.inbox.peek(now, event)) return Errno::Again;
    EventRecord record = record_of(event);
    Scatter scatter(parts);
    if (record.size > scatter.room()) return Errno::MsgSize;
    // Only this thread takes, so it is the same event.
    if (!guest_.inbox.take(now, event)) return Errno::Again;
    scatter.put(&record, sizeof record);
    if (Message* message = event.message()) {
      for (const StringRef text : {message->topic(), message->content_type(), message->payload()}) scatter.put(text.data(), text.size());
      message->drop();
    }
    count = record.size;
    return Errno::Success;
  }

 private:
  GuestContext& guest_;
};

}  // namespace

wasi::File* new_event_file(GuestContext& guest) { return guest.allocator().create<EventFile>(guest); }

}  // namespace umber::container
