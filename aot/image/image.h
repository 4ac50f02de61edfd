// The image of a compiled module: one file that is mapped, or lies in flash, and runs in place. FORMAT.md describes it byte by
// byte; this is the reader. Nothing in it is trusted: every offset is checked against the file, and the digests and
// everything that must match this machine are compared before anything runs.
#pragma once

#include <span>

#include "aot/image/cpu_features.h"
#include "base/error.h"
#include "base/sha256.h"

namespace umber::aot {

inline constexpr uint32_t kImageFormatVersion = 5;
inline constexpr char kImageMagic[8] = {'u', 'm', 'b', 'e', 'r', 'i', 'm', 'g'};
inline constexpr uint32_t kNoCode = 0xffff'ffff;
/// In place of a thunk: the runtime enters functions of this type itself (entry.h).
inline constexpr uint32_t kEnteredWithWords = 0xffff'fffe;

/// How floating-point values travel in calls.
enum class FloatAbi : uint8_t { Soft, Single, Double };

/// Bits of ImageHeader::flags.
enum : uint32_t {
  kImageGuarded = 1,        ///< memory 0 is accessed without checks: needs guard regions
  kImageBudget = 2,         ///< charges the budget: fuel, deadline and kill work
  kImageWholeModule = 4,    ///< the embedded module has its function bodies, so it can be interpreted too
  kImageCatches = 16,       ///< has exception handlers: functions return to look for one
  kImageHeartbeat = 8,      ///< can be left at any instruction: deadline and kill work where the port has heartbeats
};

struct ImageRange {
  uint32_t offset;  ///< from the start of the image
  uint32_t size;    ///< bytes
};

/// One defined function; code offsets rise with the function index.
struct ImageFunction {
  uint32_t code;    ///< offset of its first instruction in the code
  uint32_t body;    ///< offset of its body in the original module's bytes
  uint32_t places;  ///< offset in the places of its list, which ends where the next function's begins
};

/// A call that was inlined: code of such a scope belongs to a callee without a frame of its own.
struct ImageScope {
  uint32_t offset;  ///< of the call in the original module
  uint32_t outer;   ///< scope of the call itself: 0, or the number of a scope before this one, from 1
};

/// The first bytes of an image, little-endian.
struct ImageHeader {
  char magic[8];
  uint32_t format_version;
  uint32_t abi_version;
  uint32_t image_size;     ///< bytes, the whole file
  uint32_t flags;
  uint16_t machine;
  uint8_t pointer_size;    ///< bytes
  uint8_t float_abi;
  uint32_t code_alignment; ///< bytes; a loader that maps the file maps it at a multiple of this
  ImageRange target;       ///< text: the triple
  ImageRange cpu;          ///< text: CPU and features, "cortex-m4;+dsp,…": what the code may use
  uint64_t features;       ///< bits of cpu_features.def: what the CPU must have
  ImageRange code;         ///< code and constants, position-independent
  ImageRange functions;    ///< an ImageFunction for every defined function
  ImageRange places;       ///< which instruction of the module some code comes from; see place_of
  ImageRange scopes;       ///< an ImageScope for every inlined call
  ImageRange thunks;       ///< u32 each: offset in `code` of the entry thunk of every type, kEnteredWithWords or kNoCode
  ImageRange module;       ///< the Wasm module, with bodies or with stubs (kImageWholeModule)
  Sha256Digest module_digest;  ///< of the Wasm module that was compiled
  Sha256Digest image_digest;   ///< of the image with this field zero
};
static_assert(sizeof(ImageHeader) == 168);

/// What an image must match to run here.
struct Host {
  Machine machine;
  uint8_t pointer_size;
  FloatAbi float_abi;
  bool has_guard_regions;
  uint64_t features;  ///< bits of cpu_features.def
};
/// The machine that this is compiled for.
[[nodiscard]] Host this_host(bool has_guard_regions);

/// A checked image: spans into the bytes it was opened from.
struct Image {
  const ImageHeader* header = nullptr;
  std::span<const uint8_t> code;
  std::span<const ImageFunction> functions;
  std::span<const uint8_t> places;
  std::span<const ImageScope> scopes;
  std::span<const uint32_t> thunks;
  std::span<const uint8_t> module;
  StringRef target;
  StringRef cpu;
};

/// True if the bytes start like an image.
[[nodiscard]] bool is_image(std::span<const uint8_t> bytes);
/// Checks structure and digests, not whether it runs here. `bytes` must be 16-byte aligned and outlive the image.
[[nodiscard]] Result<Image> open_image(std::span<const uint8_t> bytes);
/// Where some code comes from: the Wasm instruction's offset in the original module, and the scope, 0 outside inlined calls.
struct ImagePlace {
  uint32_t offset;
  uint32_t scope;
};
/// `code` is an offset in the image's code; false if it lies in no function.
[[nodiscard]] bool place_of(const Image& image, uint32_t code, ImagePlace& out);
/// The defined function whose body holds a byte of the original module; kNoCode if none does.
[[nodiscard]] uint32_t function_at(const Image& image, uint32_t offset);

/// Says what differs if the image can't run on `host`.
[[nodiscard]] Status check_host(const Image& image, const Host& host);

}  // namespace umber::aot
