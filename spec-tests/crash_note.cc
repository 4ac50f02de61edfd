#include "spec-tests/crash_note.h"

#include <unistd.h>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstring>

namespace umber::spectest {
namespace {

char current_path[1024];
std::atomic<uint32_t> current_line = 0;

/// Only what is async-signal-safe.
void write_text(const char* text, size_t size) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, size);
}

void report_crash(int signal) {
  char line[16];
  const auto [end, status] = std::to_chars(line, line + sizeof line, current_line.load());
  constexpr char kBefore[] = "umber-spectest: crashed at ";
  write_text(kBefore, sizeof kBefore - 1);
  write_text(current_path, std::strlen(current_path));
  write_text(":", 1);
  write_text(line, static_cast<size_t>(end - line));
  write_text("\n", 1);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

void install_crash_note() {
  struct sigaction action = {};
  action.sa_handler = report_crash;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) sigaction(signal, &action, nullptr);
}

void note_file(const std::string& path) {
  std::strncpy(current_path, path.c_str(), sizeof current_path - 1);
  current_line = 0;
}

void note_line(uint32_t line) { current_line = line; }

}  // namespace umber::spectest
