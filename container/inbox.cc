#include "container/inbox.h"

#include <cstring>

namespace umber::container {

Inbox::Inbox(Allocator& allocator, Monitor& lock, const InboxLimits& limits, Wake wake, void* wake_state)
    : lock_(lock), limits_(limits), wake_(wake), wake_state_(wake_state), timers_(allocator) {}

Inbox::~Inbox() {
  for (uint32_t i = 0; i < count_; ++i)
    if (Message* message = ring_[(first_ + i) % limits_.max_events].message()) message->drop();
  Allocator& allocator = timers_.allocator();
  allocator.release(ring_, limits_.max_events * sizeof(Event), alignof(Event));
  allocator.release(requests_, kMaxRequests * sizeof(uint32_t), alignof(uint32_t));
}

bool Inbox::init() {
  if (limits_.max_events == 0) return false;
  ring_ = static_cast<Event*>(timers_.allocator().allocate(limits_.max_events * sizeof(Event), alignof(Event)));
  return ring_ != nullptr;
}

bool Inbox::post(const Event& event) {
  Locked locked(lock_);
  return post_locked(event);
}

bool Inbox::post_locked(const Event& event) {
  if (ring_ == nullptr) return false;
  const size_t bytes = event.message() == nullptr ? 0 : event.message()->bytes();
  if (count_ == limits_.max_events || bytes > limits_.max_bytes - bytes_) {
    ++dropped_;
    return false;
  }
  new (ring_ + (first_ + count_++) % limits_.max_events) Event(event);
  bytes_ += static_cast<uint32_t>(bytes);
  wake_(wake_state_);
  return true;
}

/// Null when it is not pending; 0: a free place.
uint32_t* Inbox::find_request(uint32_t request) {
  for (uint32_t i = 0; requests_ != nullptr && i < kMaxRequests; ++i)
    if (requests_[i] == request) return &requests_[i];
  return nullptr;
}

bool Inbox::post_reply(uint32_t request, Message& message) {
  Locked locked(lock_);
  uint32_t* pending = request == 0 ? nullptr : find_request(request);
  if (pending == nullptr) return false;
  *pending = 0;
  return post_locked({.type = EventType::Reply, .id = request, .content = &message});
}

Inbox::Timer* Inbox::find(uint32_t id) {
  for (Timer& timer : timers_)
    if (timer.id == id) return &timer;
  return nullptr;
}

/// The running timer that has been due longest; null when none is.
Inbox::Timer* Inbox::earliest(uint64_t now_ns) {
  Timer* best = nullptr;
  for (Timer& timer : timers_)
    if (timer.is_running && timer.due_ns <= now_ns && (best == nullptr || timer.due_ns < best->due_ns)) best = &timer;
  return best;
}

Event Inbox::event_of(const Timer& timer, uint64_t now_ns) {
  const uint64_t missed = timer.period_ns == 0 ? 0 : (now_ns - timer.due_ns) / timer.period_ns;
  return {.type = EventType::Timer, .id = timer.id, .state = missed < UINT32_MAX ? static_cast<uint32_t>(missed) : UINT32_MAX};
}

/// Periods keep their phase; those that were missed are reported once.
void Inbox::advance(Timer& timer, uint64_t now_ns) {
  if (timer.period_ns == 0) {
    timer.is_running = false;
    return;
  }
  const uint64_t step = ((now_ns - timer.due_ns) / timer.period_ns + 1) * timer.period_ns;
  timer.due_ns = step > kForever - timer.due_ns ? kForever : timer.due_ns + step;
}

Inbox::Timer* Inbox::choose(uint64_t now_ns, bool& from_queue) {
  Timer* timer = earliest(now_ns);
  from_queue = count_ > 0 && (timer == nullptr || was_timer_);
  return timer;
}

bool Inbox::take(uint64_t now_ns, Event& out) {
  Locked locked(lock_);
  bool from_queue = false;
  Timer* timer = choose(now_ns, from_queue);
  if (from_queue) {
    out = ring_[first_];
    first_ = (first_ + 1) % limits_.max_events;
    --count_;
    if (const Message* message = out.message()) bytes_ -= static_cast<uint32_t>(message->bytes());
  } else if (timer != nullptr) {
    out = event_of(*timer, now_ns);
    advance(*timer, now_ns);
  }
  was_timer_ = !from_queue;
  return from_queue || timer != nullptr;
}

bool Inbox::peek(uint64_t now_ns, Event& out) {
  Locked locked(lock_);
  bool from_queue = false;
  const Timer* timer = choose(now_ns, from_queue);
  if (from_queue)
    out = ring_[first_];
  else if (timer != nullptr)
    out = event_of(*timer, now_ns);
  return from_queue || timer != nullptr;
}

uint64_t Inbox::next_due(uint64_t now_ns) {
  Locked locked(lock_);
  if (count_ > 0) return 0;
  uint64_t next = kForever;
  for (const Timer& timer : timers_)
    if (timer.is_running && timer.due_ns < next) next = timer.due_ns;
  return next <= now_ns ? 0 : next;
}

Inbox::TimerResult Inbox::create_timer(uint32_t id, bool& existed) {
  existed = find(id) != nullptr;
  if (existed) return TimerResult::Ok;
  if (timers_.size() >= limits_.max_timers) return TimerResult::LimitReached;
  return timers_.push({.id = id}) ? TimerResult::Ok : TimerResult::NoMemory;
}

Inbox::TimerResult Inbox::start_timer(uint32_t id, uint64_t now_ns, uint64_t delay_ns, uint64_t period_ns) {
  Timer* timer = find(id);
  if (timer == nullptr) return TimerResult::Unknown;
  timer->is_running = true;
  timer->due_ns = delay_ns > kForever - now_ns ? kForever : now_ns + delay_ns;
  timer->period_ns = period_ns;
  return TimerResult::Ok;
}

Inbox::TimerResult Inbox::stop_timer(uint32_t id) {
  Timer* timer = find(id);
  if (timer == nullptr) return TimerResult::Unknown;
  timer->is_running = false;
  return TimerResult::Ok;
}

Inbox::TimerResult Inbox::delete_timer(uint32_t id) {
  Timer* timer = find(id);
  if (timer == nullptr) return TimerResult::Unknown;
  *timer = timers_.back();
  timers_.pop();
  return TimerResult::Ok;
}

Inbox::TimerResult Inbox::remaining(uint32_t id, uint64_t now_ns, uint64_t& out_ns) {
  const Timer* timer = find(id);
  if (timer == nullptr) return TimerResult::Unknown;
  out_ns = timer->is_running && timer->due_ns > now_ns ? timer->due_ns - now_ns : 0;
  return TimerResult::Ok;
}

uint32_t Inbox::open_request() {
  Locked locked(lock_);
  if (requests_ == nullptr) {
    constexpr size_t kBytes = kMaxRequests * sizeof(uint32_t);
    requests_ = static_cast<uint32_t*>(timers_.allocator().allocate(kBytes, alignof(uint32_t)));
    if (requests_ == nullptr) return 0;
    std::memset(requests_, 0, kBytes);
  }
  uint32_t* free = find_request(0);
  if (free == nullptr) return 0;
  if (++next_request_ == 0) ++next_request_;
  return *free = next_request_;
}

void Inbox::close_request(uint32_t request) {
  Locked locked(lock_);
  if (uint32_t* pending = find_request(request)) *pending = 0;
}

}  // namespace umber::container
