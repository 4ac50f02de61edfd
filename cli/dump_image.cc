#include "cli/dump_image.h"

#include <cstdio>

#include "cli/command.h"
#include "cli/report.h"

namespace umber::cli {
namespace {

std::string hex(const Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", byte);
    text += digits;
  }
  return text;
}

void line(const char* name, const std::string& value) { std::printf("%-14s %s\n", name, value.c_str()); }

const char* float_abi_text(uint8_t abi) {
  switch (static_cast<aot::FloatAbi>(abi)) {
    case aot::FloatAbi::Soft: return "in integer registers";
    case aot::FloatAbi::Single: return "f32 in FPU registers";
    case aot::FloatAbi::Double: return "in FPU registers";
  }
  return "?";
}

std::string interruption_text(uint32_t flags) {
  if ((flags & aot::kImageBudget) != 0) return "budget: kill, deadline and fuel";
  if ((flags & aot::kImageHeartbeat) != 0) return "heartbeat: kill and deadline";
  return "none";
}

}  // namespace

int dump_image(const std::string& file, std::span<const uint8_t> bytes) {
  const Result<aot::Image> opened = aot::open_image(bytes);
  if (!opened.ok()) {
    report_error(file, opened.error());
    return kFailure;
  }
  const aot::Image& image = opened.value();
  const aot::ImageHeader& header = *image.header;
  line("image", std::to_string(header.image_size) + " bytes, format " + std::to_string(header.format_version) + ", ABI " +
                    std::to_string(header.abi_version));
  line("target", std::string(image.target.data(), image.target.size()) + ", " + std::to_string(header.pointer_size * 8) + "-bit addresses");
  line("cpu", std::string(image.cpu.data(), image.cpu.size()));
  line("floats", float_abi_text(header.float_abi));
  line("bounds", (header.flags & aot::kImageGuarded) != 0 ? "guard regions" : "explicit checks");
  line("interruption", interruption_text(header.flags));
  line("code", std::to_string(image.code.size()) + " bytes at " + std::to_string(header.code.offset) + ", aligned to " +
                   std::to_string(header.code_alignment));
  line("functions", std::to_string(image.functions.size()));
  line("places", std::to_string(image.places.size()) + " bytes, " + std::to_string(image.scopes.size()) + " inlined calls");
  line("module", std::to_string(image.module.size()) + ((header.flags & aot::kImageWholeModule) != 0 ? " bytes, whole" : " bytes, without bodies"));
  line("module sha256", hex(header.module_digest));
  line("image sha256", hex(header.image_digest));
  return kSuccess;
}

}  // namespace umber::cli
