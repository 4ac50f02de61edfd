#include "spec-tests/report.h"

#include <algorithm>
#include <map>

namespace umber::spectest {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void write_entries(std::FILE* out, const char* name, const std::vector<Entry>& entries) {
  std::fprintf(out, ", \"%s\": [", name);
  const char* separator = "";
  for (const Entry& entry : entries) {
    std::fprintf(out, "%s\n    {\"line\": %u, \"reason\": %s}", separator, entry.line, quoted(entry.reason).c_str());
    separator = ",";
  }
  std::fputs("]", out);
}

void write_file(std::FILE* out, const FileReport& file) {
  std::fprintf(out,
               "  {\"path\": %s, \"passed\": %llu, \"passed_assertions\": %llu, \"failed\": %zu, \"skipped\": %zu, "
               "\"seconds\": %.6f",
               quoted(file.path).c_str(), static_cast<unsigned long long>(file.passed),
               static_cast<unsigned long long>(file.passed_assertions), file.failures.size(), file.skips.size(),
               file.seconds);
  write_entries(out, "failures", file.failures);
  write_entries(out, "skips", file.skips);
  std::fputs("}", out);
}

}  // namespace

void FileReport::add(uint32_t line, bool is_assertion, Verdict verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::Passed:
      ++passed;
      passed_assertions += is_assertion ? 1 : 0;
      break;
    case Verdict::Kind::Failed: failures.push_back({line, std::move(verdict.reason)}); break;
    case Verdict::Kind::Skipped: skips.push_back({line, std::move(verdict.reason)}); break;
  }
}

void FileReport::add(const FileReport& part) {
  passed += part.passed;
  passed_assertions += part.passed_assertions;
  failures.insert(failures.end(), part.failures.begin(), part.failures.end());
  skips.insert(skips.end(), part.skips.begin(), part.skips.end());
}

void Totals::add(const FileReport& file) {
  passed += file.passed;
  passed_assertions += file.passed_assertions;
  failed += file.failures.size();
  skipped += file.skips.size();
}

void print(const FileReport& file, bool quiet, std::FILE* out) {
  if (quiet && file.failures.empty()) return;
  for (const Entry& failure : file.failures) {
    std::fprintf(out, "%s:%u: %s\n", file.path.c_str(), failure.line, failure.reason.c_str());
  }
  std::fprintf(out, "%s: %llu passed, %zu failed, %zu skipped (%.0f ms)\n", file.path.c_str(),
               static_cast<unsigned long long>(file.passed), file.failures.size(), file.skips.size(), file.seconds * 1000);
  std::fflush(out);
}

void print_summary(const std::vector<FileReport>& files, std::FILE* out) {
  Totals totals;
  std::map<std::string, uint64_t> reasons;
  for (const FileReport& file : files) {
    totals.add(file);
    for (const Entry& skip : file.skips) ++reasons[skip.reason];
  }
  std::vector<std::pair<uint64_t, std::string>> sorted;
  for (const auto& [reason, count] : reasons) sorted.emplace_back(count, reason);
  std::sort(sorted.rbegin(), sorted.rend());
  constexpr size_t kShown = 12;
  for (size_t i = 0; i < std::min(sorted.size(), kShown); ++i) {
    std::fprintf(out, "skipped %llu: %s\n", static_cast<unsigned long long>(sorted[i].first), sorted[i].second.c_str());
  }
  if (sorted.size() > kShown) std::fprintf(out, "skipped for %zu more reasons\n", sorted.size() - kShown);
  std::fprintf(out, "%zu files, %llu assertions among what passed\n", files.size(),
               static_cast<unsigned long long>(totals.passed_assertions));
  std::fprintf(out, "%llu passed, %llu failed, %llu skipped\n", static_cast<unsigned long long>(totals.passed),
               static_cast<unsigned long long>(totals.failed), static_cast<unsigned long long>(totals.skipped));
}

bool write_json(const std::vector<FileReport>& files, const std::string& path) {
  std::FILE* out = std::fopen(path.c_str(), "w");
  if (out == nullptr) return false;
  Totals totals;
  for (const FileReport& file : files) totals.add(file);
  std::fprintf(out, "{\"passed\": %llu, \"passed_assertions\": %llu, \"failed\": %llu, \"skipped\": %llu, \"files\": [\n",
               static_cast<unsigned long long>(totals.passed), static_cast<unsigned long long>(totals.passed_assertions),
               static_cast<unsigned long long>(totals.failed), static_cast<unsigned long long>(totals.skipped));
  for (size_t i = 0; i < files.size(); ++i) {
    write_file(out, files[i]);
    std::fputs(i + 1 < files.size() ? ",\n" : "\n", out);
  }
  std::fputs("]}\n", out);
  return std::fclose(out) == 0;
}

}  // namespace umber::spectest
