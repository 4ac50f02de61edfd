// umber-spec-runner: executes command streams (format.h) on this machine: the counterpart of `umber-spectest --target`, without a
// compiler and without text, so that it can be built for any processor and run under an emulator.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ports/linux/platform.h"
#include "spec-tests/commands/run.h"

namespace umber::spectest {
namespace {

/// The file's bytes, executable and not writable: images run where they lie.
std::span<const uint8_t> map(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info = {};
  if (file < 0 || fstat(file, &info) != 0) return {};
  void* bytes = mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  close(file);
  if (bytes == MAP_FAILED) return {};
  return {static_cast<const uint8_t*>(bytes), static_cast<size_t>(info.st_size)};
}

int run(const char* path, bool guarded) {
  const std::span<const uint8_t> stream = map(path);
  if (stream.empty()) {
    std::fprintf(stderr, "umber-spec-runner: %s can't be mapped\n", path);
    return 2;
  }
  linux_port::Platform platform;
  StreamConfig config;
  config.allocator = &platform.allocator;
  config.virtual_memory = &platform.virtual_memory;
  config.clock = &platform.clock;
  config.guarded_memory = guarded;
  config.print = [](void*, StringRef text) { std::fwrite(text.data(), 1, text.size(), stdout); };
  const Result<StreamTotals> totals = run_stream(stream, config);
  if (!totals.ok()) {
    std::fprintf(stderr, "umber-spec-runner: %s: %s\n", path, totals.error().message().c_str());
    return 2;
  }
  std::printf("%u passed, %u failed, %u skipped\n", totals.value().passed, totals.value().failed, totals.value().skipped);
  return totals.value().failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace umber::spectest

int main(int argc, char** argv) {
  const bool is_explicit = argc == 3 && std::strcmp(argv[1], "--explicit") == 0;
  if (argc != (is_explicit ? 3 : 2)) {
    std::fprintf(stderr, "usage: umber-spec-runner [--explicit] STREAM\nExecutes a stream that umber-spectest --write made. --explicit: memories without guard regions.\n");
    return 2;
  }
  return umber::spectest::run(argv[argc - 1], !is_explicit && sizeof(void*) == 8);
}
