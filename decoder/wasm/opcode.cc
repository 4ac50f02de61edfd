#include "decoder/wasm/opcode.h"

#include <array>

namespace umber::wasm {
namespace {

constexpr Signature parse_signature(const char* text) {
  Signature signature;
  if (text[0] == '*') return signature;
  signature.regular = true;
  const char* at = text;
  for (; *at != ':'; ++at) signature.params[signature.param_count++] = *at;
  for (++at; *at != 0; ++at) signature.results[signature.result_count++] = *at;
  return signature;
}

constexpr OpInfo kInfos[] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering)                          \
  {text, prefix, code, Immediate::immediate, Feature::feature, Lowering::lowering, parse_signature(signature)},
#include "decoder/wasm/opcodes.def"
#undef OP
};

constexpr uint16_t kNoOp = 0xffff;

/// Encoding to Op, one dense table per prefix: none, 0xfb, 0xfc, 0xfd, 0xfe.
constexpr unsigned kPageSize = 288;
struct Pages {
  uint16_t ops[5][kPageSize];
};
constexpr unsigned page_of(uint8_t prefix) { return prefix == 0 ? 0 : prefix - 0xfau; }
constexpr Pages build_pages() {
  Pages pages{};
  for (auto& page : pages.ops)
    for (uint16_t& op : page) op = kNoOp;
  for (unsigned i = 0; i < kOpCount; ++i) pages.ops[page_of(kInfos[i].prefix)][kInfos[i].code] = static_cast<uint16_t>(i);
  return pages;
}
constexpr Pages kPages = build_pages();

}  // namespace

const OpInfo& info_of(Op op) { return kInfos[static_cast<unsigned>(op)]; }

bool op_of(uint8_t prefix, uint32_t code, Op& out) {
  if ((prefix != 0 && !is_prefix(prefix)) || code >= kPageSize) return false;
  const uint16_t op = kPages.ops[page_of(prefix)][code];
  if (op == kNoOp) return false;
  out = static_cast<Op>(op);
  return true;
}

unsigned alignment_log2_of(Immediate immediate) {
  const auto within = [&](Immediate first, Immediate last) { return immediate >= first && immediate <= last; };
  const auto from = [&](Immediate first) { return static_cast<unsigned>(immediate) - static_cast<unsigned>(first); };
  if (within(Immediate::Mem0, Immediate::Mem4)) return from(Immediate::Mem0);
  if (within(Immediate::MemLane0, Immediate::MemLane3)) return from(Immediate::MemLane0);
  if (within(Immediate::Atomic0, Immediate::Atomic3)) return from(Immediate::Atomic0);
  return 0;
}

unsigned lane_count_of(Immediate immediate) {
  switch (immediate) {
    case Immediate::Lane2: return 2;
    case Immediate::Lane4: return 4;
    case Immediate::Lane8: return 8;
    case Immediate::Lane16: return 16;
    case Immediate::MemLane0: return 16;
    case Immediate::MemLane1: return 8;
    case Immediate::MemLane2: return 4;
    case Immediate::MemLane3: return 2;
    default: return 0;
  }
}

}  // namespace umber::wasm
