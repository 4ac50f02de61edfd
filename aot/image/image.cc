#include "aot/image/image.h"

#include <cstddef>
#include <cstring>

#include "runtime/abi.h"

namespace umber::aot {
namespace {

StringRef name_of(uint16_t machine) {
  switch (static_cast<Machine>(machine)) {
    case Machine::Arm: return "Arm";
    case Machine::X86_64: return "x86-64";
    case Machine::AArch64: return "AArch64";
    case Machine::RiscV: return "RISC-V";
  }
  return "an unknown processor";
}

StringRef name_of(FloatAbi abi) {
  switch (abi) {
    case FloatAbi::Soft: return "soft-float";
    case FloatAbi::Single: return "single-precision";
    case FloatAbi::Double: return "double-precision";
  }
  return "unknown";
}

Error damaged(uint64_t offset, StringRef why) { return Error::at(ErrorCode::Malformed, offset, "damaged image: ", why); }

bool is_inside(const ImageRange& range, size_t size) { return range.offset <= size && range.size <= size - range.offset; }

Sha256Digest digest_of(std::span<const uint8_t> bytes) {
  constexpr size_t kAt = offsetof(ImageHeader, image_digest);
  constexpr Sha256Digest kZero{};
  Sha256 hash;
  hash.update(bytes.first(kAt));
  hash.update(kZero);
  hash.update(bytes.subspan(kAt + sizeof(Sha256Digest)));
  return hash.finish();
}

Status check_ranges(const ImageHeader& header) {
  const struct {
    ImageRange range;
    StringRef name;
    uint32_t alignment;
  } kRanges[] = {
      {header.target, "target", 1},       {header.cpu, "CPU", 1},       {header.code, "code", 16},
      {header.functions, "functions", 4}, {header.thunks, "thunks", 4}, {header.module, "module", 1},
  };
  for (const auto& [range, name, alignment] : kRanges) {
    if (is_inside(range, header.image_size) && range.offset % alignment == 0 && range.size % (alignment == 4 ? 4 : 1) == 0) continue;
    return Error::at(ErrorCode::Malformed, range.offset, "damaged image: the ", name, " part lies outside of it or is misaligned");
  }
  return {};
}

Status check_offsets(const Image& image) {
  for (const uint32_t offset : image.functions)
    if (offset >= image.code.size()) return damaged(image.header->functions.offset, "a function lies outside the code");
  for (const uint32_t offset : image.thunks)
    if (offset != kNoCode && offset >= image.code.size()) return damaged(image.header->thunks.offset, "a thunk lies outside the code");
  return {};
}

}  // namespace

Host this_host(bool has_guard_regions) {
  Host host{Machine::X86_64, sizeof(void*), FloatAbi::Double, has_guard_regions};
#if defined(__aarch64__)
  host.machine = Machine::AArch64;
#elif defined(__riscv)
  host.machine = Machine::RiscV;
#elif defined(__arm__)
  host.machine = Machine::Arm;
#endif
#if defined(__riscv_float_abi_soft) || (defined(__arm__) && !defined(__ARM_PCS_VFP))
  host.float_abi = FloatAbi::Soft;
#elif defined(__riscv_float_abi_single)
  host.float_abi = FloatAbi::Single;
#endif
  return host;
}

bool is_image(std::span<const uint8_t> bytes) {
  return bytes.size() >= sizeof(kImageMagic) && std::memcmp(bytes.data(), kImageMagic, sizeof(kImageMagic)) == 0;
}

Result<Image> open_image(std::span<const uint8_t> bytes) {
  if (!is_image(bytes)) return Error::at(ErrorCode::Malformed, 0, "not an Umber image: it does not start with \"umberimg\"");
  if (bytes.size() < sizeof(ImageHeader)) return damaged(bytes.size(), "it ends within the header");
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 16 != 0) return Error::of(ErrorCode::InvalidArgument, "the image must be 16-byte aligned in memory");
  const auto& header = *reinterpret_cast<const ImageHeader*>(bytes.data());
  if (header.format_version != kImageFormatVersion) {
    return Error::at(ErrorCode::Unsupported, offsetof(ImageHeader, format_version), "the image has format version ", header.format_version,
                     ", this runtime reads version ", kImageFormatVersion, "; compile the module again");
  }
  if (header.image_size != bytes.size()) {
    return Error::at(ErrorCode::Malformed, offsetof(ImageHeader, image_size), "damaged image: it says it has ", header.image_size,
                     " bytes, but there are ", bytes.size());
  }
  UMBER_TRY(check_ranges(header));
  if (digest_of(bytes) != header.image_digest) return damaged(offsetof(ImageHeader, image_digest), "its digest does not match its content");
  const auto part = [&](ImageRange range) { return bytes.subspan(range.offset, range.size); };
  const auto words = [&](ImageRange range) {
    return std::span<const uint32_t>(reinterpret_cast<const uint32_t*>(bytes.data() + range.offset), range.size / 4);
  };
  const auto text = [&](ImageRange range) { return StringRef(reinterpret_cast<const char*>(bytes.data() + range.offset), range.size); };
  Image image{&header, part(header.code), words(header.functions), words(header.thunks), part(header.module), text(header.target), text(header.cpu)};
  UMBER_TRY(check_offsets(image));
  return image;
}

Status check_host(const Image& image, const Host& host) {
  const ImageHeader& header = *image.header;
  if (header.abi_version != kAbiVersion) {
    return Error::of(ErrorCode::Unsupported, "the image was compiled for runtime ABI ", header.abi_version, ", this runtime has ", kAbiVersion,
                     "; compile the module again");
  }
  if (header.machine != static_cast<uint16_t>(host.machine) || header.pointer_size != host.pointer_size) {
    return Error::of(ErrorCode::Unsupported, "the image holds code for ", name_of(header.machine), " with ", header.pointer_size * 8,
                     "-bit addresses (", image.target, "), this is ", name_of(static_cast<uint16_t>(host.machine)), " with ", host.pointer_size * 8);
  }
  if (header.float_abi != static_cast<uint8_t>(host.float_abi)) {
    return Error::of(ErrorCode::Unsupported, "the image passes floating-point values the ", name_of(static_cast<FloatAbi>(header.float_abi)),
                     " way (", image.target, "), this runtime the ", name_of(host.float_abi), " way");
  }
  if ((header.flags & kImageGuarded) != 0 && !host.has_guard_regions) {
    return Error::of(ErrorCode::Unsupported, "the image relies on guard regions around memory, which this runtime does not have; compile it with explicit bounds checks");
  }
  return {};
}

}  // namespace umber::aot
