#include "aot/compiler/write_image.h"

#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "aot/image/image.h"
#include "base/byte_reader.h"

namespace umber::aot {
namespace {

/// Parts are appended behind the header; each remembers where it lies.
class ImageBuilder {
 public:
  ImageBuilder() : bytes_(sizeof(ImageHeader)) {}

  ImageRange append(const void* data, size_t size, size_t alignment) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
    const ImageRange range{static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(size)};
    const auto* from = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
    return range;
  }
  ImageRange append(const std::string& text) { return append(text.data(), text.size(), 1); }
  ImageRange append(const std::vector<uint32_t>& words) { return append(words.data(), words.size() * 4, 4); }

  std::vector<uint8_t> finish(ImageHeader header) {
    header.image_size = static_cast<uint32_t>(bytes_.size());
    header.image_digest = {};
    std::memcpy(bytes_.data(), &header, sizeof(header));
    header.image_digest = Sha256::of(bytes_);
    std::memcpy(bytes_.data(), &header, sizeof(header));
    return std::move(bytes_);
  }

 private:
  std::vector<uint8_t> bytes_;
};

Machine machine_of(const llvm::Triple& triple) {
  if (triple.isX86()) return Machine::X86_64;
  if (triple.isAArch64()) return Machine::AArch64;
  if (triple.isRISCV()) return Machine::RiscV;
  return Machine::Arm;
}

FloatAbi float_abi_of(const Target& target, const llvm::Triple& triple) {
  if (triple.isX86() || triple.isAArch64()) return FloatAbi::Double;
  if (triple.isRISCV()) {
    if (target.features.find("+d") != std::string::npos) return FloatAbi::Double;
    return target.features.find("+f") != std::string::npos ? FloatAbi::Single : FloatAbi::Soft;
  }
  // The Arm calling convention passes f64 in FPU registers too where there are any.
  return triple.getEnvironment() == llvm::Triple::EABIHF ? FloatAbi::Double : FloatAbi::Soft;
}

/// The bits of cpu_features.def that code generation was told to rely on.
uint64_t features_of(const Target& target, Machine machine) {
  std::string why;
  const std::unique_ptr<llvm::TargetMachine> generator = create_machine(target, Optimization::O0, why);
  if (generator == nullptr) return 0;
  const std::span<const StringRef> names = cpu_feature_names(machine);
  uint64_t features = 0;
  for (const llvm::SubtargetFeatureKV& feature : generator->getMCSubtargetInfo()->getEnabledProcessorFeatures())
    for (size_t bit = 0; bit < names.size(); ++bit)
      if (names[bit] == StringRef(feature.Key)) features |= uint64_t{1} << bit;
  return features;
}

uint32_t interruption_flag(Interruption interruption) {
  switch (interruption) {
    case Interruption::None: return 0;
    case Interruption::Heartbeat: return kImageHeartbeat;
    case Interruption::Coarse:
    case Interruption::Budget: return kImageBudget;
  }
  return 0;
}

void append_leb(std::vector<uint8_t>& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

void append_signed_leb(std::vector<uint8_t>& out, int64_t value) {
  for (; value < -64 || value > 63; value >>= 7) out.push_back(static_cast<uint8_t>((value & 0x7f) | 0x80));
  out.push_back(static_cast<uint8_t>(value & 0x7f));
}

/// The tables `functions` and `places`: every function's list of code distances and module distances.
Status collect_functions(const wasm::Module& module, const Blob& blob, std::vector<ImageFunction>& functions, std::vector<uint8_t>& places) {
  for (auto i = static_cast<uint32_t>(module.imported_functions); i < module.functions.size(); ++i) {
    const auto found = blob.symbols.find(function_symbol(i));
    if (found == blob.symbols.end()) return Error::of(ErrorCode::Unsupported, "function ", i, " is missing from the linked code");
    functions.push_back({found->second, module.functions[i].body.offset, 0});
  }
  auto place = blob.places.begin();
  for (size_t i = 0; i < functions.size(); ++i) {
    functions[i].places = static_cast<uint32_t>(places.size());
    uint32_t code = functions[i].code;
    uint32_t offset = functions[i].body;
    uint32_t scope = 0;
    const uint32_t end = i + 1 < functions.size() ? functions[i + 1].code : UINT32_MAX;
    while (place != blob.places.end() && place->code < code) ++place;
    for (; place != blob.places.end() && place->code < end; ++place) {
      const bool changes_scope = place->scope != scope;
      if (place->offset == offset && !changes_scope) continue;
      append_leb(places, uint64_t{place->code - code} << 1 | (changes_scope ? 1 : 0));
      append_signed_leb(places, static_cast<int64_t>(place->offset) - offset);
      if (changes_scope) append_leb(places, place->scope);
      scope = place->scope;
      code = place->code;
      offset = place->offset;
    }
  }
  return {};
}

constexpr uint8_t kCustomSection = 0;
constexpr uint8_t kCodeSection = 10;
constexpr uint8_t kDataSection = 11;

/// The address of an active segment in a memory of the module's own; false if it is not a plain number.
bool read_address(const wasm::Module& module, const wasm::DataSegment& segment, uint64_t& address) {
  ByteReader reader(module.slice(segment.offset));
  uint8_t opcode = 0;
  if (!reader.read_u8(opcode)) return false;
  int32_t narrow = 0;
  int64_t wide = 0;
  constexpr uint8_t kI32Const = 0x41, kI64Const = 0x42, kEnd = 0x0b;
  if (opcode == kI32Const && reader.read_s32(narrow))
    address = static_cast<uint32_t>(narrow);
  else if (opcode == kI64Const && reader.read_s64(wide))
    address = static_cast<uint64_t>(wide);
  else
    return false;
  return reader.read_u8(opcode) && opcode == kEnd && reader.at_end();
}

/// The data section with neighbours joined where few zeros lie between them: each segment is a record in a device's memory. Empty
/// where that could be noticed: if segments are named by instructions, overlap, or may lie outside of the memory.
std::vector<uint8_t> joined_data(const wasm::Module& module) {
  constexpr uint64_t kMostZeros = 32;
  if (module.data.empty() || module.has_data_count || module.memories.size() != 1 || module.imported_memories != 0) return {};
  const wasm::MemoryType& memory = module.memories[0].type;
  const uint64_t pages = std::min<uint64_t>(memory.limits.min, UINT32_MAX);
  std::vector<std::pair<uint64_t, std::vector<uint8_t>>> joined;
  uint64_t end = 0;
  for (const wasm::DataSegment& segment : module.data) {
    uint64_t address = 0;
    if (segment.mode != wasm::SegmentMode::Active || !read_address(module, segment, address)) return {};
    if (address < end || address > pages << memory.page_size_log2 || segment.bytes.size > (pages << memory.page_size_log2) - address) return {};
    if (joined.empty() || address - end > kMostZeros) joined.push_back({address, {}});
    std::vector<uint8_t>& bytes = joined.back().second;
    bytes.resize(address - joined.back().first);
    const std::span<const uint8_t> more = module.slice(segment.bytes);
    bytes.insert(bytes.end(), more.begin(), more.end());
    end = address + more.size();
  }
  std::vector<uint8_t> out;
  append_leb(out, joined.size());
  for (const auto& [address, bytes] : joined) {
    out.insert(out.end(), {0x00, static_cast<uint8_t>(memory.limits.is_64 ? 0x42 : 0x41)});
    append_signed_leb(out, memory.limits.is_64 ? static_cast<int64_t>(address) : static_cast<int32_t>(static_cast<uint32_t>(address)));
    out.push_back(0x0b);
    append_leb(out, bytes.size());
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

void append_section(std::vector<uint8_t>& out, uint8_t id, const std::vector<uint8_t>& content) {
  out.push_back(id);
  append_leb(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
}

}  // namespace

std::vector<uint8_t> without_bodies(const wasm::Module& module) {
  // Sections other than code are copied as they are. A body without locals that is only `unreachable` is always valid.
  std::vector<uint8_t> out(module.bytes.begin(), module.bytes.begin() + 8);
  ByteReader reader(module.bytes.subspan(8));
  uint8_t id = 0;
  uint32_t size = 0;
  while (!reader.at_end()) {
    const uint8_t* start = reader.cursor();
    std::span<const uint8_t> content;
    if (!reader.read_u8(id) || !reader.read_u32(size) || !reader.read_bytes(size, content)) break;
    // Of custom sections only the names are of use: debugging information would be most of a small image.
    constexpr char kName[] = "\4name";
    const bool is_name = content.size() >= 5 && std::memcmp(content.data(), kName, 5) == 0;
    if (id == kCustomSection && !is_name) continue;
    if (id == kDataSection) {
      if (const std::vector<uint8_t> data = joined_data(module); !data.empty()) {
        append_section(out, kDataSection, data);
        continue;
      }
    }
    if (id != kCodeSection) {
      out.insert(out.end(), start, reader.cursor());
      continue;
    }
    std::vector<uint8_t> code;
    const size_t count = module.functions.size() - module.imported_functions;
    append_leb(code, count);
    for (size_t i = 0; i < count; ++i) code.insert(code.end(), {3, 0, 0x00, 0x0b});
    append_section(out, kCodeSection, code);
  }
  return out;
}

Result<std::vector<uint8_t>> write_image(const wasm::Module& module, const CompileOptions& options, const Throwing& throwing, const Blob& blob) {
  const llvm::Triple triple(options.target.triple);
  ImageHeader header{};
  std::memcpy(header.magic, kImageMagic, sizeof(kImageMagic));
  header.format_version = kImageFormatVersion;
  header.abi_version = kAbiVersion;
  header.flags = (options.translate.bounds == BoundsChecks::Guard ? kImageGuarded : 0u) |
                 interruption_flag(options.translate.interruption) | (options.embed_whole_module ? kImageWholeModule : 0u) |
                 (throwing.catches ? kImageCatches : 0u);
  header.machine = static_cast<uint16_t>(machine_of(triple));
  header.features = features_of(options.target, machine_of(triple));
  header.pointer_size = triple.isArch64Bit() ? 8 : 4;
  header.float_abi = static_cast<uint8_t>(float_abi_of(options.target, triple));
  header.code_alignment = options.target.has_mmu ? 4096 : 16;
  header.module_digest = Sha256::of(module.bytes);

  std::vector<ImageFunction> functions;
  std::vector<uint8_t> places;
  UMBER_TRY(collect_functions(module, blob, functions, places));
  std::vector<uint32_t> thunks;
  for (uint32_t i = 0; i < module.types.size(); ++i) {
    const auto found = blob.symbols.find(thunk_symbol(i));
    const bool is_plain = enters_with_words(options.translate, throwing, triple, module.types[i].func);
    thunks.push_back(is_plain ? kEnteredWithWords : found == blob.symbols.end() ? kNoCode : found->second);
  }

  ImageBuilder builder;
  header.target = builder.append(options.target.triple);
  header.cpu = builder.append(options.target.cpu + ";" + options.target.features);
  header.functions = builder.append(functions.data(), functions.size() * sizeof(ImageFunction), alignof(ImageFunction));
  header.places = builder.append(places.data(), places.size(), 1);
  header.scopes = builder.append(blob.scopes.data(), blob.scopes.size() * sizeof(ImageScope), alignof(ImageScope));
  header.thunks = builder.append(thunks);
  header.code = builder.append(blob.bytes.data(), blob.bytes.size(), header.code_alignment);
  if (options.embed_whole_module) {
    header.module = builder.append(module.bytes.data(), module.bytes.size(), 1);
  } else {
    const std::vector<uint8_t> stripped = without_bodies(module);
    header.module = builder.append(stripped.data(), stripped.size(), 1);
  }
  return builder.finish(header);
}

}  // namespace umber::aot
