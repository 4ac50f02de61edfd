// Topic names and patterns as MQTT has them (https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html, section 4.7): levels
// separated by '/', '+' stands for one level, '#' for the rest and only at the end. A topic that begins with '$' is matched
// only by patterns that do too.
#pragma once

#include "base/string_ref.h"

namespace umber::container {

inline constexpr size_t kMaxTopic = 127;

/// Non-empty, at most kMaxTopic bytes, no wildcard, no zero byte.
[[nodiscard]] bool is_topic_name(StringRef topic);
/// The same with wildcards, each alone in its level.
[[nodiscard]] bool is_topic_pattern(StringRef pattern);
/// Linear in both.
[[nodiscard]] bool topic_matches(StringRef pattern, StringRef topic);
/// Every topic that `inner` matches is matched by `outer` too: what a subscription needs of its permission.
[[nodiscard]] bool pattern_covers(StringRef outer, StringRef inner);

}  // namespace umber::container
