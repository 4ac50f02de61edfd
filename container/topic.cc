#include "container/topic.h"

namespace umber::container {

namespace {

/// Takes levels off a text one by one. "a//b" has three levels, the middle one empty.
class Levels {
 public:
  explicit Levels(StringRef text) : rest_(text) {}
  [[nodiscard]] bool next(StringRef& level) {
    if (done_) return false;
    size_t end = 0;
    while (end < rest_.size() && rest_[end] != '/') ++end;
    level = rest_.substr(0, end);
    done_ = end == rest_.size();
    rest_ = rest_.substr(end + 1);
    return true;
  }

 private:
  StringRef rest_;
  bool done_ = false;
};

bool has_good_size(StringRef text) { return !text.empty() && text.size() <= kMaxTopic; }

bool is_reserved(StringRef text) { return !text.empty() && text[0] == '$'; }

}  // namespace

bool is_topic_name(StringRef topic) {
  if (!has_good_size(topic)) return false;
  for (const char c : topic)
    if (c == 0 || c == '+' || c == '#') return false;
  return true;
}

bool is_topic_pattern(StringRef pattern) {
  if (!has_good_size(pattern)) return false;
  Levels levels(pattern);
  bool ended = false;
  for (StringRef level; levels.next(level);) {
    if (ended) return false;
    ended = level == "#";
    if (ended || level == "+") continue;
    if (!level.empty() && !is_topic_name(level)) return false;
  }
  return true;
}

bool topic_matches(StringRef pattern, StringRef topic) { return pattern_covers(pattern, topic); }

/// A topic is a pattern without wildcards, so matching is the special case.
bool pattern_covers(StringRef outer, StringRef inner) {
  if (is_reserved(inner) && !is_reserved(outer)) return false;
  Levels outer_levels(outer), inner_levels(inner);
  StringRef want, have;
  for (;;) {
    const bool more_want = outer_levels.next(want);
    if (more_want && want == "#") return true;
    const bool more_have = inner_levels.next(have);
    if (!more_want || !more_have) return more_want == more_have;
    if (have == "#") return false;
    if (want == "+") continue;
    if (!(want == have)) return false;
  }
}

}  // namespace umber::container
