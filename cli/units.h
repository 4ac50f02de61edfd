// Quantities on the command line: "64MiB", "1.5s". A bare number of a size is bytes; a duration needs its unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace umber::cli {

/// Bytes: a whole number with an optional unit B, K, KB, KiB, M, MB, MiB, G, GB, GiB; K = KiB = 1024, KB = 1000.
[[nodiscard]] std::optional<uint64_t> parse_size(std::string_view text);
/// Nanoseconds: a decimal number with a unit ns, us, ms, s, m or h, e.g. "200ms", "1.5s".
[[nodiscard]] std::optional<uint64_t> parse_duration(std::string_view text);

}  // namespace umber::cli
