#include "cli/perf_map.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "cli/report.h"

namespace umber::cli {
namespace {

/// perf looks in its map only for code that lies in no file: puts a copy of the image where its mapping is.
bool detach_from_file(const aot::Image& image) {
  const auto* start = reinterpret_cast<const uint8_t*>(image.header);
  const std::vector<uint8_t> copy(start, start + image.header->image_size);
  void* at = const_cast<uint8_t*>(start);
  if (mmap(at, copy.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at) return false;
  std::memcpy(at, copy.data(), copy.size());
  return mprotect(at, copy.size(), PROT_READ | PROT_EXEC) == 0;
}

}  // namespace

/// One line per function: start and size in hexadecimal, name. https://github.com/torvalds/linux/blob/master/tools/perf/Documentation/jit-interface.txt
bool write_perf_map(const aot::Image& image, const wasm::Module& module) {
  if (!detach_from_file(image)) {
    report_error("--perf-map", std::strerror(errno));
    return false;
  }
  const std::string path = "/tmp/perf-" + std::to_string(getpid()) + ".map";
  std::FILE* file = std::fopen(path.c_str(), "wx");
  if (file == nullptr) {
    report_error(path, std::strerror(errno));
    return false;
  }
  const auto code = reinterpret_cast<uintptr_t>(image.code.data());
  for (size_t i = 0; i < image.functions.size(); ++i) {
    const uint32_t begin = image.functions[i].code;
    const size_t end = i + 1 < image.functions.size() ? image.functions[i + 1].code : image.code.size();
    const auto func_idx = static_cast<uint32_t>(module.imported_functions + i);
    const StringRef name = module.function_name(func_idx);
    if (name.empty()) {
      std::fprintf(file, "%zx %zx wasm-function[%u]\n", static_cast<size_t>(code + begin), end - begin, func_idx);
    } else {
      std::fprintf(file, "%zx %zx %.*s\n", static_cast<size_t>(code + begin), end - begin, static_cast<int>(name.size()), name.data());
    }
  }
  const bool failed = std::ferror(file) != 0;
  if (std::fclose(file) == 0 && !failed) return true;
  report_error(path, "can't be written");
  return false;
}

}  // namespace umber::cli
