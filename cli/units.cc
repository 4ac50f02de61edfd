#include "cli/units.h"

#include <charconv>
#include <cmath>

namespace umber::cli {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr Unit kSizes[] = {
    {"", 1},           {"B", 1},           {"K", 1u << 10},  {"KiB", 1u << 10}, {"KB", 1'000},        {"M", 1u << 20},
    {"MiB", 1u << 20}, {"MB", 1'000'000},  {"G", 1u << 30},  {"GiB", 1u << 30}, {"GB", 1'000'000'000},
};
constexpr Unit kDurations[] = {
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
};

template <class Units>
std::optional<uint64_t> factor_of(std::string_view name, const Units& units) {
  for (const Unit& unit : units)
    if (unit.name == name) return unit.factor;
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> parse_size(std::string_view text) {
  uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const auto factor = factor_of(text.substr(static_cast<size_t>(rest - text.data())), kSizes);
  uint64_t size = 0;
  if (!factor || __builtin_mul_overflow(number, *factor, &size)) return std::nullopt;
  return size;
}

std::optional<uint64_t> parse_duration(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  const auto factor = factor_of(text.substr(static_cast<size_t>(rest - text.data())), kDurations);
  if (!factor) return std::nullopt;
  const double nanoseconds = number * static_cast<double>(*factor);
  if (nanoseconds >= 9e18) return std::nullopt;
  return static_cast<uint64_t>(nanoseconds);
}

}  // namespace umber::cli
