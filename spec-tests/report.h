// What happened to each command of each file, and how it is told.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace umber::spectest {

/// How one command went.
struct Verdict {
  enum class Kind : uint8_t { Passed, Failed, Skipped };
  Kind kind = Kind::Passed;
  std::string reason;  ///< of Failed and Skipped: one line

  static Verdict passed() { return {}; }
  static Verdict failed(std::string reason) { return {Kind::Failed, std::move(reason)}; }
  static Verdict skipped(std::string reason) { return {Kind::Skipped, std::move(reason)}; }
};

struct Entry {
  uint32_t line = 0;
  std::string reason;
};

struct FileReport {
  std::string path;
  uint64_t passed = 0;
  uint64_t passed_assertions = 0;  ///< of those, the assert_* commands
  double seconds = 0;
  std::vector<Entry> failures;
  std::vector<Entry> skips;

  void add(uint32_t line, bool is_assertion, Verdict verdict);
  /// Adds the counts and entries of a part of the file.
  void add(const FileReport& part);
};

struct Totals {
  uint64_t passed = 0;
  uint64_t passed_assertions = 0;
  uint64_t failed = 0;
  uint64_t skipped = 0;
  void add(const FileReport& file);
};

/// One line per failure, then one for the file. `quiet` leaves out files without failures.
void print(const FileReport& file, bool quiet, std::FILE* out);
/// How often each reason for skipping occurred, then "N passed, N failed, N skipped".
void print_summary(const std::vector<FileReport>& files, std::FILE* out);
/// Everything, as JSON. False when the file cannot be written.
[[nodiscard]] bool write_json(const std::vector<FileReport>& files, const std::string& path);

}  // namespace umber::spectest
