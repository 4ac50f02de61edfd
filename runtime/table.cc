#include "runtime/table.h"

#include <cstring>

#include "runtime/store.h"

namespace umber {

Table::~Table() {
  if (view_.elements == nullptr) return;
  store_.allocator().release(view_.elements, static_cast<size_t>(capacity_) * sizeof(Ref), alignof(Ref));
  store_.refund_table(view_.size);
}

Status Table::init(const wasm::TableType& type, Ref value) {
  type_ = type;
  if (grow(type.limits.min, value) != kGrowFailed) return {};
  if (type.limits.min > max_elements() || !store_.has_table_room(type.limits.min))
    return Error::of(ErrorCode::LimitReached, "a table of ", type.limits.min, " elements exceeds the limit");
  return Error::out_of_memory("a table");
}

uint64_t Table::max_elements() const {
  const uint64_t configured = store_.config().max_table_elements;
  uint64_t max = type_.limits.has_max && type_.limits.max < configured ? type_.limits.max : configured;
  return max < SIZE_MAX / 2 / sizeof(Ref) ? max : SIZE_MAX / 2 / sizeof(Ref);
}

uint64_t Table::grow(uint64_t delta, Ref value) {
  const uint64_t before = view_.size;
  if (delta == 0) return before;
  const uint64_t max = max_elements();
  if (before > max || delta > max - before || !store_.charge_table(delta)) return kGrowFailed;
  if (!reserve(before + delta, max)) {
    store_.refund_table(delta);
    return kGrowFailed;
  }
  view_.size = before + delta;
  for (uint64_t i = before; i < view_.size; ++i) view_.elements[i] = value;
  return before;
}

/// The first allocation is exact; later ones leave room, so that growing one by one stays linear.
bool Table::reserve(uint64_t size, uint64_t max) {
  if (size <= capacity_) return true;
  uint64_t capacity = capacity_ + capacity_ / 2;
  if (capacity < size) capacity = size;
  if (capacity > max) capacity = max;
  void* elements = store_.allocator().resize(view_.elements, static_cast<size_t>(capacity_) * sizeof(Ref),
                                             static_cast<size_t>(capacity) * sizeof(Ref), alignof(Ref));
  if (elements == nullptr) return false;
  view_.elements = static_cast<Ref*>(elements);
  capacity_ = capacity;
  return true;
}

bool Table::fill(uint64_t idx, Ref value, uint64_t count) {
  if (!contains(idx, count)) return false;
  for (uint64_t i = 0; i < count; ++i) view_.elements[idx + i] = value;
  return true;
}

bool Table::copy(Table& to, uint64_t to_idx, const Table& from, uint64_t from_idx, uint64_t count) {
  if (!to.contains(to_idx, count) || !from.contains(from_idx, count)) return false;
  if (count != 0)
    std::memmove(to.view_.elements + to_idx, from.view_.elements + from_idx, static_cast<size_t>(count) * sizeof(Ref));
  return true;
}

}  // namespace umber
