#include "decoder/wasm/wasm_reader.h"

#include "decoder/wasm/opcode.h"

namespace umber::wasm {
namespace {

/// The feature that brought an abstract heap type; false if the code is none.
bool feature_of_heap_type(uint8_t code, Feature& out) {
  switch (code) {
    case HeapType::Func:
    case HeapType::Extern: out = Feature::ReferenceTypes; return true;
    case HeapType::Exn:
    case HeapType::NoExn: out = Feature::Exceptions; return true;
    case HeapType::Any:
    case HeapType::Eq:
    case HeapType::I31:
    case HeapType::Struct:
    case HeapType::Array:
    case HeapType::None:
    case HeapType::NoExtern:
    case HeapType::NoFunc: out = Feature::Gc; return true;
    default: return false;
  }
}

constexpr StringRef kMalformedHeapType = "malformed heap type";

}  // namespace

ReadFailureText text_of(const ReadFailure& failure, std::span<const uint8_t> module_bytes) {
  ReadFailureText text;
  text.add(failure.phrase);
  if (failure.phrase == kIllegalOpcode && failure.offset < module_bytes.size()) {
    const std::span<const uint8_t> code = module_bytes.subspan(static_cast<size_t>(failure.offset));
    const size_t length = is_prefix(code[0]) && code.size() > 1 ? 2 : 1;
    text.add(" ");
    for (uint8_t byte : code.first(length)) text.add("0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]);
  }
  if (failure.code == ErrorCode::Unsupported) text.add(": feature \"", name_of(failure.feature), "\" is off");
  return text;
}

ReadFailure WasmReader::failure() const {
  if (!rejected_.phrase.empty()) return rejected_;
  ReadFailure failure;
  failure.offset = offset();
  failure.phrase = error() == ReadError::UnexpectedEnd ? StringRef("unexpected end of section or function") : text_of(error());
  return failure;
}

bool WasmReader::reject(uint64_t offset, StringRef phrase) {
  rejected_ = {ErrorCode::Malformed, offset, phrase, Feature::Mvp};
  return false;
}

bool WasmReader::refuse(Feature feature, uint64_t offset, StringRef phrase) {
  rejected_ = {ErrorCode::Unsupported, offset, phrase, feature};
  return false;
}

bool WasmReader::read_heap_type(HeapType& out) {
  const uint64_t start = offset();
  uint8_t code = 0;
  Feature feature = Feature::Mvp;
  if (peek_u8(code) && feature_of_heap_type(code, feature)) {
    out = static_cast<HeapType::Abstract>(code);
    return skip(1) && require(feature, start, kMalformedHeapType);
  }
  int64_t index = 0;
  if (!read_s33(index)) return false;
  if (index < 0) return reject(start, kMalformedHeapType);
  // An index that does not fit is one that no module has; keep it unknown.
  constexpr int64_t kUnknown = 0x7f'ffff;
  out = HeapType::of_index(static_cast<uint32_t>(index < kUnknown ? index : kUnknown));
  return require(Feature::FunctionReferences, start, kMalformedHeapType);
}

bool WasmReader::read_type(ValType& out, StringRef phrase) {
  const uint64_t start = offset();
  uint8_t code = 0;
  if (!read_u8(code)) return false;
  switch (code) {
    case ValType::I32:
    case ValType::I64:
    case ValType::F32:
    case ValType::F64: out = static_cast<ValType::Kind>(code); return true;
    case ValType::V128: out = ValType::V128; return require(Feature::Simd, start, phrase);
    case ValType::I8:
    case ValType::I16: out = static_cast<ValType::Kind>(code); return true;
    case ValType::RefNull:
    case ValType::RefNonNull: {
      HeapType heap_type;
      if (!require(Feature::FunctionReferences, start, phrase) || !read_heap_type(heap_type)) return false;
      out = ValType::ref(heap_type, code == ValType::RefNull);
      return true;
    }
    default: break;
  }
  Feature feature = Feature::Mvp;
  if (!feature_of_heap_type(code, feature)) return reject(start, phrase);
  out = ValType::ref(static_cast<HeapType::Abstract>(code), true);
  return require(feature, start, phrase);
}

bool WasmReader::read_val_type(ValType& out) {
  const uint64_t start = offset();
  if (!read_type(out, "malformed value type")) return false;
  return !out.is_packed() || reject(start, "malformed value type");
}

bool WasmReader::read_ref_type(ValType& out) {
  const uint64_t start = offset();
  // Tables of functions are older than reference types.
  uint8_t code = 0;
  if (peek_u8(code) && code == HeapType::Func) {
    out = ValType::funcref();
    return skip(1);
  }
  if (!read_type(out, "malformed reference type")) return false;
  return out.is_ref() || reject(start, "malformed reference type");
}

bool WasmReader::read_storage_type(ValType& out) { return read_type(out, "malformed storage type"); }

bool WasmReader::read_block_type(BlockSignature& out) {
  const uint64_t start = offset();
  uint8_t code = 0;
  if (!peek_u8(code)) return read_u8(code);
  if (code == BlockSignature::kEmptyCode) {
    out.kind = BlockSignature::Empty;
    return skip(1);
  }
  if ((code & 0xc0) == 0x40) {  // a negative number in one byte: a value type
    out.kind = BlockSignature::Value;
    return read_val_type(out.value);
  }
  int64_t index = 0;
  if (!read_s33(index)) return false;
  if (index < 0) return reject(start, "malformed block type");
  out.kind = BlockSignature::TypeIndex;
  out.type_idx = static_cast<uint32_t>(index);
  return require(Feature::MultiValue, start, "malformed block type");
}

}  // namespace umber::wasm
