// Everything that a container is told: one bounded queue that any thread posts to and only the container's own thread takes
// from, and its timers. A timer needs no thread: whether it is due is computed when the container looks or waits, so a
// container that does not look costs nothing and starves nobody. The queue dies with its run, and so do the events in it.
#pragma once

#include "base/vec.h"
#include "container/message.h"
#include "container/scheduler.h"

namespace umber::container {

enum class EventType : uint8_t {
  Timer = 0,
  Gpio = 1,
  Message = 3,
  Reply = 4,  ///< to a request of this container; id is the request's number
  Stop = 5,   ///< asked to end by itself
};

/// A queue holds as many as it may ever hold, so this is small.
struct Event {
  EventType type = EventType::Timer;
  uint16_t port = 0;       ///< of a pin
  uint32_t id = 0;         ///< timer, pin, message or request
  union {
    uintptr_t value = 0;
    uint32_t state;        ///< of a pin; of a timer: periods that were missed
    Message* content;      ///< Message and Reply; whoever takes the event drops it
  };
  /// Null for an event without one.
  [[nodiscard]] Message* message() const { return type == EventType::Message || type == EventType::Reply ? content : nullptr; }
};
static_assert(sizeof(Event) == 8 + sizeof(void*));

struct InboxLimits {
  uint32_t max_events = 64;
  uint32_t max_bytes = 64 * 1024;  ///< of messages that wait
  uint32_t max_timers = 16;
};

class Inbox {
 public:
  /// Called when something was posted, on the posting thread, under the inbox's lock: wakes the owner. Must not block.
  using Wake = void (*)(void* state);

  /// `lock`: guards the queue; others may use it too. Everything outlives the inbox.
  Inbox(Allocator& allocator, Monitor& lock, const InboxLimits& limits, Wake wake, void* wake_state);
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  /// Nobody may post any more.
  ~Inbox();

  /// Allocates the queue, so that posting never does. Without this nothing can be posted: for a guest that cannot listen.
  [[nodiscard]] bool init();

  // -- From any thread --------------------------------------------------------------------------------------------------

  /// False when it is full (then counted as dropped). Takes over the event's reference to its message on success only.
  [[nodiscard]] bool post(const Event& event);
  /// For who holds the lock already.
  [[nodiscard]] bool post_locked(const Event& event);
  /// Accepts the reply to a request that is pending, once.
  [[nodiscard]] bool post_reply(uint32_t request, Message& message);

  struct Usage {
    uint32_t events = 0;
    uint32_t bytes = 0;
    uint64_t dropped = 0;
  };
  [[nodiscard]] Usage usage_locked() const { return {count_, bytes_, dropped_}; }

  // -- From the container's thread --------------------------------------------------------------------------------------

  /// The next event; false when there is none. `now_ns` on the runtime's clock.
  [[nodiscard]] bool take(uint64_t now_ns, Event& out);
  /// What take would give, without taking it. A message stays the inbox's.
  [[nodiscard]] bool peek(uint64_t now_ns, Event& out);
  /// When the next timer is due; 0 when something is there already, kForever when nothing will come by itself.
  [[nodiscard]] uint64_t next_due(uint64_t now_ns);

  enum class TimerResult : uint8_t { Ok, Unknown, LimitReached, NoMemory };
  /// Makes a timer, not running; an existing one is left alone and `existed` set.
  [[nodiscard]] TimerResult create_timer(uint32_t id, bool& existed);
  /// `period_ns` 0: once.
  [[nodiscard]] TimerResult start_timer(uint32_t id, uint64_t now_ns, uint64_t delay_ns, uint64_t period_ns);
  [[nodiscard]] TimerResult stop_timer(uint32_t id);
  [[nodiscard]] TimerResult delete_timer(uint32_t id);
  /// 0 when it is not running.
  [[nodiscard]] TimerResult remaining(uint32_t id, uint64_t now_ns, uint64_t& out_ns);

  /// A new request's number; 0 when too many are pending.
  [[nodiscard]] uint32_t open_request();
  void close_request(uint32_t request);

  /// The bus's mark: the last message that was delivered here, so that overlapping subscriptions deliver once.
  uint32_t last_message_id = 0;

 private:
  static constexpr uint32_t kMaxRequests = 16;
  struct Timer {
    uint32_t id = 0;
    bool is_running = false;
    uint64_t due_ns = 0;
    uint64_t period_ns = 0;
  };
  [[nodiscard]] Timer* find(uint32_t id);
  [[nodiscard]] uint32_t* find_request(uint32_t request);
  [[nodiscard]] Timer* earliest(uint64_t now_ns);
  [[nodiscard]] static Event event_of(const Timer& timer, uint64_t now_ns);
  static void advance(Timer& timer, uint64_t now_ns);
  /// Decides between a due timer and the queue, in turns.
  [[nodiscard]] Timer* choose(uint64_t now_ns, bool& from_queue);

  Monitor& lock_;
  const InboxLimits limits_;
  const Wake wake_;
  void* const wake_state_;
  Event* ring_ = nullptr;  ///< max_events
  uint32_t first_ = 0;
  uint32_t count_ = 0;
  uint32_t bytes_ = 0;
  uint64_t dropped_ = 0;
  uint32_t* requests_ = nullptr;  ///< kMaxRequests pending ones, 0: free; null: none yet
  uint32_t next_request_ = 0;
  Vec<Timer> timers_;
  bool was_timer_ = false;
};

}  // namespace umber::container
