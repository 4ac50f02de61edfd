// What happens to containers, as a stream that any number of clients follow from where they are.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

namespace umber::daemon {

/// Keeps the last kKept lines. Thread-safe.
class EventStream {
 public:
  static constexpr size_t kKept = 10'000;

  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    ++next_;
    if (lines_.size() > kKept) lines_.pop_front();
    changed_.notify_all();
  }
  [[nodiscard]] uint64_t end() const {
    const std::lock_guard lock(mutex_);
    return next_;
  }
  /// Lines from number `from` on, which is moved behind them; waits for at most `patience` when there are none.
  std::string take(uint64_t& from, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return next_ > from; });
    const uint64_t oldest = next_ - lines_.size();
    std::string text;
    for (uint64_t i = from < oldest ? oldest : from; i < next_; ++i) text += lines_[i - oldest] + "\n";
    from = next_;
    return text;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  uint64_t next_ = 0;
};

}  // namespace umber::daemon
