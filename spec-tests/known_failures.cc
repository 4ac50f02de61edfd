#include "spec-tests/known_failures.h"

#include <charconv>

namespace umber::spectest {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// `suffix` is the whole path, or what follows one of its slashes.
bool ends_with_path(std::string_view path, std::string_view suffix) {
  if (!path.ends_with(suffix)) return false;
  return path.size() == suffix.size() || path[path.size() - suffix.size() - 1] == '/';
}

}  // namespace

std::optional<KnownFailures> KnownFailures::parse(std::string_view text, std::string& error) {
  KnownFailures list;
  uint32_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line[0] == '#') continue;

    const size_t gap = line.find_first_of(kBlanks);
    if (gap == std::string_view::npos) {
      error = std::to_string(number) + ": an entry needs a reason";
      return std::nullopt;
    }
    const std::string_view place = line.substr(0, gap);
    Known known{std::string(place), 0, std::string(trimmed(line.substr(gap)))};
    if (const size_t colon = place.rfind(':'); colon != std::string_view::npos) {
      const std::string_view digits = place.substr(colon + 1);
      const auto [last, status] = std::from_chars(digits.data(), digits.data() + digits.size(), known.line);
      if (status != std::errc() || last != digits.data() + digits.size() || known.line == 0) {
        error = std::to_string(number) + ": \"" + std::string(digits) + "\" is no line number";
        return std::nullopt;
      }
      known.path = place.substr(0, colon);
    }
    list.entries_.push_back(std::move(known));
  }
  return list;
}

void KnownFailures::apply(FileReport& file) const {
  for (const Known& known : entries_) {
    if (!ends_with_path(file.path, known.path)) continue;
    std::vector<Entry> unknown;
    bool failed = false;
    for (Entry& failure : file.failures) {
      if (known.line == 0 || known.line == failure.line) {
        failed = true;
        file.skips.push_back({failure.line, "known failure: " + known.reason});
      } else {
        unknown.push_back(std::move(failure));
      }
    }
    file.failures = std::move(unknown);
    if (!failed) file.failures.push_back({known.line, "passes, but is listed as a known failure: " + known.reason});
  }
}

}  // namespace umber::spectest
