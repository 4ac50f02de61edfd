#include "runtime/heap/array.h"

#include <cstring>

namespace umber {

namespace {

[[nodiscard]] uint8_t* element(Ref array, uint32_t idx, uint32_t bytes) { return object_at(array) + array_bytes(idx, bytes); }

template <class T>
void fill(uint8_t* to, T value, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) store_le(to + size_t{i} * sizeof(T), value);
}

}  // namespace

TrapKind check_range(Ref array, uint64_t idx, uint64_t count) {
  if (array == kNullRef) return TrapKind::NullArrayReference;
  return idx + count > array_length(object_at(array)) ? TrapKind::ArrayOutOfBounds : TrapKind::None;
}

void fill_elements(uint8_t* to, uint32_t bytes, const Slot* value, uint32_t count) {
  switch (bytes) {
    case 1:
      if (count != 0) std::memset(to, static_cast<uint8_t>(value->u32), count);
      return;
    case 2: return fill(to, static_cast<uint16_t>(value->u32), count);
    case 4: return fill(to, value->u32, count);
    case 8: return fill(to, value->u64, count);
    default:
      for (uint32_t i = 0; i < count; ++i) std::memcpy(to + size_t{i} * 16, value, 16);
  }
}

TrapKind array_fill(Ref array, uint32_t idx, const Slot* value, uint32_t count, uint32_t bytes) {
  const TrapKind result = check_range(array, idx, count);
  if (result == TrapKind::None) fill_elements(element(array, idx, bytes), bytes, value, count);
  return result;
}

TrapKind array_copy(Ref to, uint32_t to_idx, Ref from, uint32_t from_idx, uint32_t count, uint32_t bytes) {
  if (to == kNullRef || from == kNullRef) return TrapKind::NullArrayReference;
  TrapKind result = check_range(to, to_idx, count);
  if (result == TrapKind::None) result = check_range(from, from_idx, count);
  if (result == TrapKind::None)
    std::memmove(element(to, to_idx, bytes), element(from, from_idx, bytes), size_t{count} * bytes);
  return result;
}

TrapKind array_init_data(const Instance& instance, Ref array, uint32_t segment, uint32_t idx, uint32_t from, uint32_t count,
                         uint32_t bytes) {
  const TrapKind result = check_range(array, idx, count);
  if (result != TrapKind::None) return result;
  const std::span<const uint8_t> source = instance.data(segment);
  const uint64_t size = uint64_t{count} * bytes;
  if (from + size > source.size()) return TrapKind::MemoryOutOfBounds;
  if (size != 0) std::memcpy(element(array, idx, bytes), source.data() + from, static_cast<size_t>(size));
  return TrapKind::None;
}

TrapKind array_init_elem(const Instance& instance, Ref array, uint32_t segment, uint32_t idx, uint32_t from, uint32_t count) {
  const TrapKind result = check_range(array, idx, count);
  if (result != TrapKind::None) return result;
  const std::span<const Ref> source = instance.elements(segment);
  if (uint64_t{from} + count > source.size()) return TrapKind::TableOutOfBounds;
  if (count != 0) std::memcpy(element(array, idx, sizeof(Ref)), source.data() + from, size_t{count} * sizeof(Ref));
  return TrapKind::None;
}

}  // namespace umber
