// Objects of the garbage-collected heap: structs, arrays, exceptions. A reference is an object's address, 8-byte aligned, so
// that it differs from an i31 and from a host reference.
//
//   struct     type word, fields as decoder/wasm/object_layout.h places them
//   array      type word, length, elements
//   exception  type word, unused, tag, payload in slots
//
// The type word is the store type's id (of an exception the tag's) and two flags. Whether an object is marked is noted beside
// the objects, in its block.
#pragma once

#include "base/bits.h"
#include "decoder/wasm/object_layout.h"
#include "runtime/type_registry.h"
#include "runtime/abi.h"

namespace umber {

struct Tag;

inline constexpr uint32_t kLargeObject = 1u << 31;   ///< an allocation of its own
inline constexpr uint32_t kException = 1u << 30;
inline constexpr uint32_t kTypeIdMask = kException - 1;
inline constexpr uint32_t kExceptionTag = 8;         ///< offset of the tag's address
inline constexpr uint32_t kExceptionPayload = 16;

[[nodiscard]] inline uint8_t* object_at(Ref ref) { return reinterpret_cast<uint8_t*>(static_cast<uintptr_t>(ref)); }
[[nodiscard]] inline Ref ref_to(const uint8_t* object) { return reinterpret_cast<uintptr_t>(object); }
/// Whether a reference of the any, extern or exn hierarchy is the address of an object.
[[nodiscard]] constexpr bool is_object(Ref ref) { return ref != kNullRef && (ref & 3) == 0; }

[[nodiscard]] inline uint32_t type_word_of(const uint8_t* object) { return load_le<uint32_t>(object); }
[[nodiscard]] inline uint32_t type_id_of(const uint8_t* object) { return type_word_of(object) & kTypeIdMask; }
[[nodiscard]] inline uint32_t array_length(const uint8_t* object) { return load_le<uint32_t>(object + wasm::kArrayLength); }

/// What an array of `length` elements takes, header included.
[[nodiscard]] constexpr uint64_t array_bytes(uint32_t length, uint32_t element_bytes) {
  return wasm::kArrayElements + uint64_t{length} * element_bytes;
}

/// Stores a value from a slot (two for v128) in a field or element.
inline void write_field(uint8_t* to, wasm::ValType storage, const Slot* value) {
  switch (wasm::bytes_of(storage)) {
    case 1: return store_le(to, static_cast<uint8_t>(value->u32));
    case 2: return store_le(to, static_cast<uint16_t>(value->u32));
    case 4: return store_le(to, value->u32);
    case 8: return store_le(to, value->u64);
    default: std::memcpy(to, value, 16);
  }
}

/// ref.test: whether a reference is of a heap type, a store type; null is not.
[[nodiscard]] bool is_of_type(const TypeRegistry& types, Ref ref, wasm::HeapType type);

}  // namespace umber
