#include "aot/image/image.h"

#include <cstddef>
#include <cstring>

#include "base/byte_reader.h"
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
      {header.places, "places", 1},       {header.scopes, "scopes", 4},
  };
  for (const auto& [range, name, alignment] : kRanges) {
    if (is_inside(range, header.image_size) && range.offset % alignment == 0 && range.size % (alignment == 4 ? 4 : 1) == 0) continue;
    return Error::at(ErrorCode::Malformed, range.offset, "damaged image: the ", name, " part lies outside of it or is misaligned");
  }
  return {};
}

Status check_offsets(const Image& image) {
  const uint32_t at = image.header->functions.offset;
  if (image.header->functions.size % sizeof(ImageFunction) != 0) return damaged(at, "the function table ends within an entry");
  ImageFunction previous{};
  for (const ImageFunction& function : image.functions) {
    if (function.code >= image.code.size()) return damaged(at, "a function lies outside the code");
    if (function.places > image.places.size()) return damaged(at, "a function's places lie outside of their part");
    if (function.code < previous.code || function.body < previous.body || function.places < previous.places)
      return damaged(at, "functions are not in order");
    previous = function;
  }
  if (image.header->scopes.size % sizeof(ImageScope) != 0) return damaged(image.header->scopes.offset, "the scopes end within an entry");
  for (size_t i = 0; i < image.scopes.size(); ++i)
    if (image.scopes[i].outer > i) return damaged(image.header->scopes.offset, "a scope lies within a later one");
  for (const uint32_t offset : image.thunks)
    if (offset < kEnteredWithWords && offset >= image.code.size()) return damaged(image.header->thunks.offset, "a thunk lies outside the code");
  return {};
}

/// The last function whose `field` is not beyond `value`; kNoCode if there is none.
uint32_t find_function(std::span<const ImageFunction> functions, uint32_t ImageFunction::*field, uint32_t value) {
  size_t low = 0;
  size_t high = functions.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (functions[middle].*field <= value)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? kNoCode : static_cast<uint32_t>(low - 1);
}

/// One sentence with the names of features, bits of `lacking`, that the code uses and the machine has not.
Error lacking_features(const Image& image, Machine machine, uint64_t lacking) {
  const std::span<const StringRef> known = cpu_feature_names(machine);
  FixedText<160> names;
  for (size_t bit = 0; bit < 64; ++bit) {
    if ((lacking >> bit & 1) == 0) continue;
    if (!names.empty()) names.add(", ");
    bit < known.size() ? names.add(known[bit]) : names.add("feature ", bit);
  }
  return Error::of(ErrorCode::Unsupported, "the image (", image.target, ") needs CPU features that this machine lacks: ", names.str());
}

}  // namespace

Host this_host(bool has_guard_regions) {
  Host host{Machine::X86_64, sizeof(void*), FloatAbi::Double, has_guard_regions, this_cpu_features()};
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
  const auto* functions = reinterpret_cast<const ImageFunction*>(bytes.data() + header.functions.offset);
  Image image;
  image.header = &header;
  image.code = part(header.code);
  image.functions = {functions, header.functions.size / sizeof(ImageFunction)};
  image.places = part(header.places);
  image.scopes = {reinterpret_cast<const ImageScope*>(bytes.data() + header.scopes.offset), header.scopes.size / sizeof(ImageScope)};
  image.thunks = words(header.thunks);
  image.module = part(header.module);
  image.target = text(header.target);
  image.cpu = text(header.cpu);
  UMBER_TRY(check_offsets(image));
  return image;
}

uint32_t function_at(const Image& image, uint32_t offset) { return find_function(image.functions, &ImageFunction::body, offset); }

/// A list of (LEB128 distance in code * 2 + whether a scope follows, signed LEB128 distance in the module, [LEB128 scope]),
/// from the function's first instruction and body, outside any scope.
bool place_of(const Image& image, uint32_t code, ImagePlace& out) {
  const uint32_t function = find_function(image.functions, &ImageFunction::code, code);
  if (function == kNoCode) return false;
  const ImageFunction& entry = image.functions[function];
  const uint32_t end = function + 1 < image.functions.size() ? image.functions[function + 1].places : static_cast<uint32_t>(image.places.size());
  ByteReader list(image.places.subspan(entry.places, end - entry.places));
  uint32_t at = entry.code;
  out = {entry.body, 0};
  uint32_t head = 0;
  int32_t distance = 0;
  uint32_t scope = 0;
  while (list.read_u32(head) && list.read_s32(distance)) {
    const bool changes_scope = (head & 1) != 0;
    if (changes_scope && !list.read_u32(scope)) break;
    at += head >> 1;
    if (at > code) break;
    out.offset += static_cast<uint32_t>(distance);
    if (changes_scope) out.scope = scope <= image.scopes.size() ? scope : 0;
  }
  return true;
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
  if (const uint64_t lacking = header.features & ~host.features; lacking != 0) return lacking_features(image, host.machine, lacking);
  if ((header.flags & kImageGuarded) != 0 && !host.has_guard_regions) {
    return Error::of(ErrorCode::Unsupported, "the image relies on guard regions around memory, which this runtime does not have; compile it with explicit bounds checks");
  }
  return {};
}

}  // namespace umber::aot
