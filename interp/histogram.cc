// Counting what is dispatched, in builds with -DUMBER_INTERP_HISTOGRAM: single operations, pairs and triples, with the places of
// their operands, written to the file that UMBER_HISTOGRAM names when the process ends. A tool for tuning: it uses the
// host's C library and is empty in every other build.
#include "interp/dispatch.h"

#if defined(UMBER_INTERP_HISTOGRAM)

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "interp/disasm.h"

namespace umber::interp {

namespace {

/// Open addressing by up to three handlers; a full table drops what is new.
struct Count {
  Handler handlers[3];
  const Code* example[3];
  uint64_t count;
};
constexpr size_t kSize = 1 << 18;
Count table[3][kSize];
const Code* last[2];

void add(unsigned length, const Code* const* pcs) {
  Handler handlers[3] = {};
  uint64_t hash = length;
  for (unsigned i = 0; i < length; ++i) {
    handlers[i] = read_ref(pcs[i]);
    hash = (hash ^ reinterpret_cast<uintptr_t>(handlers[i])) * 0x9e37'79b9'7f4a'7c15u;
  }
  for (size_t probe = 0; probe < 64; ++probe) {
    Count& entry = table[length - 1][((hash >> 40) + probe) & (kSize - 1)];
    if (entry.count == 0) {
      std::memcpy(entry.handlers, handlers, sizeof handlers);
      for (unsigned i = 0; i < length; ++i) entry.example[i] = pcs[i];
    } else if (std::memcmp(entry.handlers, handlers, sizeof handlers) != 0) {
      continue;
    }
    ++entry.count;
    return;
  }
}

void print() {
  const char* path = std::getenv("UMBER_HISTOGRAM");
  std::FILE* file = path == nullptr ? stderr : std::fopen(path, "a");
  if (file == nullptr) return;
  for (unsigned length = 1; length <= 3; ++length) {
    for (const Count& entry : table[length - 1]) {
      if (entry.count == 0) continue;
      std::fprintf(file, "%u\t%llu", length, static_cast<unsigned long long>(entry.count));
      for (unsigned i = 0; i < length; ++i) {
        Code code[kRefBytes];
        write_ref(code, entry.handlers[i]);
        std::fprintf(file, "\t%s", name_at(code).c_str());
      }
      std::fputc('\n', file);
    }
  }
  std::fclose(file);
}

}  // namespace

void record_dispatch(const Code* pc) {
  static const bool registered = (std::atexit(print), true);
  (void)registered;
  const Code* const pcs[3] = {last[0], last[1], pc};
  add(1, pcs + 2);
  if (last[1] != nullptr) add(2, pcs + 1);
  if (last[0] != nullptr) add(3, pcs);
  last[0] = last[1];
  last[1] = pc;
}

}  // namespace umber::interp

#endif
