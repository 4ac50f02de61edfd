// Objects of the garbage-collected heap. Fields and elements are read and written at offsets that the encoder knows, in every
// combination of places, as memory is. What allocates is split: as long as the heap has a cell at hand it is a handful of
// instructions; otherwise the same operation goes on as its `Slow`, which may collect. Registers are roots as they are, so
// nothing is saved before an allocation.
#include "interp/families.h"
#include "interp/operand.h"
#include "runtime/heap/array.h"
#include "runtime/store.h"

namespace umber::interp {
namespace {

template <class T>
using InSlot = Operand<T, kSlot<T>>;

// ---- fields and elements -------------------------------------------------------------------------------------------

/// Reads by ObjectAccess: packed fields are extended, an i32 is zero-extended in its place.
template <ObjectAccess access>
[[nodiscard, gnu::always_inline]] inline uint64_t load(const uint8_t* from) {
  switch (access) {
    case ObjectAccess::S8: return static_cast<uint32_t>(int32_t{load_le<int8_t>(from)});
    case ObjectAccess::U8: return load_le<uint8_t>(from);
    case ObjectAccess::S16: return static_cast<uint32_t>(int32_t{load_le<int16_t>(from)});
    case ObjectAccess::U16: return load_le<uint16_t>(from);
    case ObjectAccess::W32: return load_le<uint32_t>(from);
    case ObjectAccess::W64: return load_le<uint64_t>(from);
  }
}
constexpr uint32_t width_of(ObjectAccess access) {
  switch (access) {
    case ObjectAccess::S8:
    case ObjectAccess::U8: return 1;
    case ObjectAccess::S16:
    case ObjectAccess::U16: return 2;
    case ObjectAccess::W32: return 4;
    case ObjectAccess::W64: return 8;
  }
}
template <uint32_t width>
[[gnu::always_inline]] inline void store(uint8_t* to, uint64_t value) {
  if constexpr (width == 1) store_le(to, static_cast<uint8_t>(value));
  if constexpr (width == 2) store_le(to, static_cast<uint16_t>(value));
  if constexpr (width == 4) store_le(to, static_cast<uint32_t>(value));
  if constexpr (width == 8) store_le(to, value);
}

template <int op, int d, int a>
struct StructGet {
  using F = Fields<Operand<uint64_t, d>, Operand<uint64_t, a>, Word>;
  static Next run(State& s) {
    const Ref object = F::template get<1>(s);
    if (object == kNullRef) [[unlikely]] return trap(TrapKind::NullStructReference);
    F::template put<0>(s, load<static_cast<ObjectAccess>(op)>(object_at(object) + F::template word<2>(s)));
    return F::next(s);
  }
};
template <int op, int a, int b>
struct StructSet {
  using F = Fields<Operand<uint64_t, a>, Operand<uint64_t, b>, Word>;
  static Next run(State& s) {
    const Ref object = F::template get<0>(s);
    if (object == kNullRef) [[unlikely]] return trap(TrapKind::NullStructReference);
    store<1u << op>(object_at(object) + F::template word<2>(s), F::template get<1>(s));
    return F::next(s);
  }
};
template <int op, int d, int a, int b>
struct ArrayGet {
  using F = Fields<Operand<uint64_t, d>, Operand<uint64_t, a>, Operand<uint32_t, b>>;
  static constexpr auto kAccess = static_cast<ObjectAccess>(op);
  static Next run(State& s) {
    const Ref array = F::template get<1>(s);
    if (array == kNullRef) [[unlikely]] return trap(TrapKind::NullArrayReference);
    const uint32_t idx = F::template get<2>(s);
    if (idx >= array_length(object_at(array))) [[unlikely]] return trap(TrapKind::ArrayOutOfBounds);
    F::template put<0>(s, load<kAccess>(object_at(array) + array_bytes(idx, width_of(kAccess))));
    return F::next(s);
  }
};
template <int op, int a, int b, int c>
struct ArraySet {
  using F = Fields<Operand<uint64_t, a>, Operand<uint32_t, b>, Operand<uint64_t, c>>;
  static Next run(State& s) {
    const Ref array = F::template get<0>(s);
    if (array == kNullRef) [[unlikely]] return trap(TrapKind::NullArrayReference);
    const uint32_t idx = F::template get<1>(s);
    if (idx >= array_length(object_at(array))) [[unlikely]] return trap(TrapKind::ArrayOutOfBounds);
    store<1u << op>(object_at(array) + array_bytes(idx, 1u << op), F::template get<2>(s));
    return F::next(s);
  }
};
template <int, int d, int a>
struct ArrayLen {
  using F = Fields<Operand<uint64_t, d>, Operand<uint64_t, a>>;
  static Next run(State& s) {
    const Ref array = F::template get<1>(s);
    if (array == kNullRef) [[unlikely]] return trap(TrapKind::NullArrayReference);
    F::template put<0>(s, uint64_t{array_length(object_at(array))});
    return F::next(s);
  }
};

// ---- i31 and casts -------------------------------------------------------------------------------------------------

/// RefI31, I31GetS, I31GetU
template <int op, int d, int a>
struct I31 {
  using F = Fields<Operand<uint64_t, d>, Operand<uint64_t, a>>;
  static Next run(State& s) {
    const uint64_t value = F::template get<1>(s);
    if constexpr (op == 0) {
      F::template put<0>(s, i31_ref(static_cast<uint32_t>(value)));
      return F::next(s);
    }
    if (value == kNullRef) [[unlikely]] return trap(TrapKind::NullI31Reference);
    const auto bits = static_cast<uint32_t>(value);
    F::template put<0>(s, uint64_t{op == 1 ? static_cast<uint32_t>(static_cast<int32_t>(bits) >> 1) : bits >> 1});
    return F::next(s);
  }
};

[[nodiscard]] bool is_of_type_slow(const State& s, Ref ref, uint32_t target) {
  const wasm::HeapType type = wasm::HeapType::of_bits(target & CastTarget::kHeapType);
  return is_of_type(s.ctx->execution->store().types(), ref, TypeRegistry::to_store(type, s.ctx->type_ids));
}
/// `target`: see CastTarget.
[[nodiscard, gnu::always_inline]] inline bool passes(const State& s, Ref ref, uint32_t target) {
  if (ref == kNullRef) return (target & CastTarget::kNullable) != 0;
  if ((target & CastTarget::kObject) != 0 && is_object(ref) &&
      type_id_of(object_at(ref)) == s.ctx->type_ids[target & CastTarget::kHeapType])
    return true;
  return is_of_type_slow(s, ref, target);
}
template <int, int d, int a>
struct RefTest {
  using F = Fields<Operand<uint64_t, d>, Operand<uint64_t, a>, Word>;
  static Next run(State& s) {
    F::template put<0>(s, uint64_t{passes(s, F::template get<1>(s), F::template word<2>(s)) ? 1u : 0u});
    return F::next(s);
  }
};
template <int, int d, int a>
struct RefCast {
  using F = Fields<Operand<uint64_t, d>, Operand<uint64_t, a>, Word>;
  static Next run(State& s) {
    const Ref ref = F::template get<1>(s);
    if (!passes(s, ref, F::template word<2>(s))) [[unlikely]] return trap(TrapKind::CastFailure);
    F::template put<0>(s, ref);
    return F::next(s);
  }
};

// ---- allocation ----------------------------------------------------------------------------------------------------

/// `live`: the first slot that holds nothing any more. Null: with `may_collect` the heap is full, else try with it.
template <bool may_collect>
[[nodiscard, gnu::always_inline]] inline uint8_t* allocate(State& s, uint64_t bytes, uint32_t type_id, uint32_t live) {
  Execution& execution = *s.ctx->execution;
  ObjectHeap& heap = execution.store().objects();
  if constexpr (!may_collect) return heap.take_cell(bytes, type_id);
  uint8_t* object = heap.try_allocate(bytes, type_id);
  if (object != nullptr) return object;
  return heap.collect_and_allocate(bytes, type_id, {&execution, s.fp + live, {s.r, kIntRegs}});
}
template <bool may_collect>
constexpr Next kNoMemory = may_collect ? trap(TrapKind::OutOfMemory) : Next::Slow;

[[nodiscard]] const StoreType& type_of(const State& s, uint32_t type_idx) {
  return s.ctx->execution->store().types()[s.ctx->type_ids[type_idx]];
}
[[nodiscard]] uint32_t element_bytes(const State& s, uint32_t type_idx) {
  return wasm::bytes_of(type_of(s, type_idx).fields()[0].type);
}
/// Long arrays cost fuel as memory does, by the kilobyte.
[[nodiscard]] Next finish(State& s, int size, uint64_t bytes) {
  s.ctx->execution->charge(bytes / 1024);
  s.pc += size;
  return s.ctx->budget < 0 ? Next::Spent : Next::Go;
}

template <bool may_collect>
struct MakeStruct {
  using F = Fields<Half, Half, Half, Word>;
  static Next run(State& s) {
    const StoreType& type = type_of(s, F::word<3>(s));
    uint8_t* object = allocate<may_collect>(s, type.object_bytes, s.ctx->type_ids[F::word<3>(s)], F::half<2>(s));
    if (object == nullptr) [[unlikely]] return kNoMemory<may_collect>;
    const Slot* value = s.fp + F::half<1>(s);
    for (const wasm::FieldType& field : type.fields()) {
      write_field(object + field.offset, field.type, value);
      value += field.type.slots();
    }
    s.fp[F::half<0>(s)].bits = ref_to(object);
    return F::next(s);
  }
};
template <bool may_collect>
struct MakeDefaultStruct {
  using F = Fields<Half, Half, Word>;
  static Next run(State& s) {
    const StoreType& type = type_of(s, F::word<2>(s));
    uint8_t* object = allocate<may_collect>(s, type.object_bytes, s.ctx->type_ids[F::word<2>(s)], F::half<1>(s));
    if (object == nullptr) [[unlikely]] return kNoMemory<may_collect>;
    std::memset(object + sizeof(uint32_t), 0, type.object_bytes - sizeof(uint32_t));
    s.fp[F::half<0>(s)].bits = ref_to(object);
    return F::next(s);
  }
};

/// An array with its length but without elements; null as for allocate.
template <bool may_collect>
[[nodiscard]] uint8_t* make_array(State& s, uint32_t type_idx, uint32_t length, uint32_t live) {
  uint8_t* array = allocate<may_collect>(s, array_bytes(length, element_bytes(s, type_idx)), s.ctx->type_ids[type_idx], live);
  if (array != nullptr) store_le(array + wasm::kArrayLength, length);
  return array;
}

template <bool may_collect>
struct MakeArray {
  using F = Fields<Half, Half, InSlot<uint32_t>, Half, Word>;
  static Next run(State& s) {
    const uint32_t type = F::template word<4>(s), length = F::template get<2>(s);
    uint8_t* array = make_array<may_collect>(s, type, length, F::template half<3>(s));
    if (array == nullptr) [[unlikely]] return kNoMemory<may_collect>;
    const uint32_t bytes = element_bytes(s, type);
    fill_elements(array + wasm::kArrayElements, bytes, s.fp + F::template half<1>(s), length);
    s.fp[F::template half<0>(s)].bits = ref_to(array);
    return finish(s, F::kSize, array_bytes(length, bytes));
  }
};
template <bool may_collect>
struct MakeDefaultArray {
  using F = Fields<Half, InSlot<uint32_t>, Half, Word>;
  static Next run(State& s) {
    const uint32_t type = F::template word<3>(s), length = F::template get<1>(s);
    uint8_t* array = make_array<may_collect>(s, type, length, F::template half<2>(s));
    if (array == nullptr) [[unlikely]] return kNoMemory<may_collect>;
    const uint64_t bytes = array_bytes(length, element_bytes(s, type));
    std::memset(array + wasm::kArrayElements, 0, static_cast<size_t>(bytes) - wasm::kArrayElements);
    s.fp[F::template half<0>(s)].bits = ref_to(array);
    return finish(s, F::kSize, bytes);
  }
};
template <bool may_collect>
struct MakeFixedArray {
  using F = Fields<Half, Half, Half, Word, Word>;
  static Next run(State& s) {
    const uint32_t type = F::template word<3>(s), length = F::template word<4>(s);
    uint8_t* array = make_array<may_collect>(s, type, length, F::template half<2>(s));
    if (array == nullptr) [[unlikely]] return kNoMemory<may_collect>;
    const wasm::ValType element = type_of(s, type).fields()[0].type;
    const uint32_t bytes = wasm::bytes_of(element);
    const Slot* value = s.fp + F::template half<1>(s);
    for (uint32_t i = 0; i < length; ++i) write_field(array + array_bytes(i, bytes), element, value + i * element.slots());
    s.fp[F::template half<0>(s)].bits = ref_to(array);
    return finish(s, F::kSize, array_bytes(length, bytes));
  }
};

/// From a segment, whose bounds are checked before anything is allocated.
template <bool may_collect, bool from_data>
struct MakeArrayFromSegment {
  using F = Fields<Half, InSlot<uint32_t>, InSlot<uint32_t>, Half, Word, Word>;
  static Next run(State& s) {
    const uint32_t type = F::template word<4>(s), segment = F::template word<5>(s);
    const uint32_t from = F::template get<1>(s), length = F::template get<2>(s);
    const uint32_t bytes = element_bytes(s, type);
    const Instance& instance = *s.ctx->instance;
    if (from_data && from + uint64_t{length} * bytes > instance.data(segment).size()) return trap(TrapKind::MemoryOutOfBounds);
    if (!from_data && uint64_t{from} + length > instance.elements(segment).size()) return trap(TrapKind::TableOutOfBounds);
    uint8_t* array = make_array<may_collect>(s, type, length, F::template half<3>(s));
    if (array == nullptr) [[unlikely]] return kNoMemory<may_collect>;
    const Ref ref = ref_to(array);
    if constexpr (from_data)
      (void)array_init_data(instance, ref, segment, 0, from, length, bytes);
    else
      (void)array_init_elem(instance, ref, segment, 0, from, length);
    s.fp[F::template half<0>(s)].bits = ref;
    return finish(s, F::kSize, array_bytes(length, bytes));
  }
};

// ---- the operations of objects.def -------------------------------------------------------------------------------------

struct StructNew : MakeStruct<false> { using Slow = MakeStruct<true>; };
struct StructNewDefault : MakeDefaultStruct<false> { using Slow = MakeDefaultStruct<true>; };
struct ArrayNew : MakeArray<false> { using Slow = MakeArray<true>; };
struct ArrayNewDefault : MakeDefaultArray<false> { using Slow = MakeDefaultArray<true>; };
struct ArrayNewFixed : MakeFixedArray<false> { using Slow = MakeFixedArray<true>; };
struct ArrayNewData : MakeArrayFromSegment<false, true> { using Slow = MakeArrayFromSegment<true, true>; };
struct ArrayNewElem : MakeArrayFromSegment<false, false> { using Slow = MakeArrayFromSegment<true, false>; };

struct StructGetVector {
  using F = Fields<Half, InSlot<uint64_t>, Word>;
  static Next run(State& s) {
    const Ref object = F::get<1>(s);
    if (object == kNullRef) return trap(TrapKind::NullStructReference);
    std::memcpy(s.fp + F::half<0>(s), object_at(object) + F::word<2>(s), 16);
    return F::next(s);
  }
};
struct StructSetVector {
  using F = Fields<InSlot<uint64_t>, Half, Word>;
  static Next run(State& s) {
    const Ref object = F::get<0>(s);
    if (object == kNullRef) return trap(TrapKind::NullStructReference);
    std::memcpy(object_at(object) + F::word<2>(s), s.fp + F::half<1>(s), 16);
    return F::next(s);
  }
};
struct ArrayGetVector {
  using F = Fields<Half, InSlot<uint64_t>, InSlot<uint32_t>>;
  static Next run(State& s) {
    const TrapKind result = check_range(F::get<1>(s), F::get<2>(s), 1);
    if (result != TrapKind::None) return trap(result);
    std::memcpy(s.fp + F::half<0>(s), object_at(F::get<1>(s)) + array_bytes(F::get<2>(s), 16), 16);
    return F::next(s);
  }
};
struct ArraySetVector {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, Half>;
  static Next run(State& s) {
    const TrapKind result = check_range(F::get<0>(s), F::get<1>(s), 1);
    if (result != TrapKind::None) return trap(result);
    std::memcpy(object_at(F::get<0>(s)) + array_bytes(F::get<1>(s), 16), s.fp + F::half<2>(s), 16);
    return F::next(s);
  }
};

struct ArrayFill {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, Half, InSlot<uint32_t>, Word>;
  static Next run(State& s) {
    const uint32_t count = F::get<3>(s), bytes = F::word<4>(s);
    const TrapKind result = array_fill(F::get<0>(s), F::get<1>(s), s.fp + F::half<2>(s), count, bytes);
    if (result != TrapKind::None) return trap(result);
    return finish(s, F::kSize, uint64_t{count} * bytes);
  }
};
struct ArrayCopy {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint32_t>, Word>;
  static Next run(State& s) {
    const uint32_t count = F::get<4>(s), bytes = F::word<5>(s);
    const TrapKind result = array_copy(F::get<0>(s), F::get<1>(s), F::get<2>(s), F::get<3>(s), count, bytes);
    if (result != TrapKind::None) return trap(result);
    return finish(s, F::kSize, uint64_t{count} * bytes);
  }
};
struct ArrayInitData {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint32_t>, InSlot<uint32_t>, Word, Word>;
  static Next run(State& s) {
    const uint32_t count = F::get<3>(s), bytes = F::word<4>(s);
    const TrapKind result =
        array_init_data(*s.ctx->instance, F::get<0>(s), F::word<5>(s), F::get<1>(s), F::get<2>(s), count, bytes);
    if (result != TrapKind::None) return trap(result);
    return finish(s, F::kSize, uint64_t{count} * bytes);
  }
};
struct ArrayInitElem {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint32_t>, InSlot<uint32_t>, Word>;
  static Next run(State& s) {
    const uint32_t count = F::get<3>(s);
    const TrapKind result = array_init_elem(*s.ctx->instance, F::get<0>(s), F::word<4>(s), F::get<1>(s), F::get<2>(s), count);
    if (result != TrapKind::None) return trap(result);
    return finish(s, F::kSize, uint64_t{count} * sizeof(Ref));
  }
};

// ---- tables --------------------------------------------------------------------------------------------------------

template <template <int, int, int> class Body>
struct Spec2 {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    return &handler<Body<op, a, b>>;
  }
};
/// Long ones, for a reference that stays where it is or a result in a slot.
template <template <int, int, int> class Body>
struct CastSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return handler_if<d == a || is_int_slot(d), Body<op, d, a>>();
  }
};
struct ArrayGetSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    constexpr bool kIsPacked = op < static_cast<int>(ObjectAccess::W32);
    constexpr bool kIsFrequent = is_int_slot(d) || (!kIsPacked && (d == a || d == b));
    constexpr bool kExists = kArrayRegisters ? kIsFrequent : is_int_slot(d) && is_int_slot(a) && b >= kIntRegs;
    return handler_if<kExists, ArrayGet<op, d, a, b>>();
  }
};
struct ArraySetSpec {
  template <int op, int a, int b, int c>
  static constexpr Handler entry() {
    constexpr bool kIsSlotOnly = is_int_slot(a) && is_int_slot(b) && c >= kIntRegs;
    constexpr bool kIsFrequent = kArrayRegisters && ((a < kIntRegs && b < kIntRegs) || c >= kIntRegs);
    return handler_if<kIsSlotOnly || kIsFrequent, ArraySet<op, a, b, c>>();
  }
};

constexpr StringRef kStructGetNames[] = {"struct.get8_s", "struct.get8_u", "struct.get16_s", "struct.get16_u", "struct.get32",
                                         "struct.get64"};
constexpr StringRef kStructSetNames[] = {"struct.set8", "struct.set16", "struct.set32", "struct.set64"};
constexpr StringRef kArrayGetNames[] = {"array.get8_s", "array.get8_u", "array.get16_s", "array.get16_u", "array.get32",
                                        "array.get64"};
constexpr StringRef kArraySetNames[] = {"array.set8", "array.set16", "array.set32", "array.set64"};
constexpr StringRef kI31Names[] = {"ref.i31", "i31.get_s", "i31.get_u"};
template <const auto& names>
StringRef name_in(unsigned op) { return names[op]; }

constexpr Handler kHandlers[] = {
#define OBJECT(id, text, shape) &handler<id>,
#include "interp/objects.def"
#undef OBJECT
};
constexpr StringRef kShapes[] = {
#define OBJECT(id, text, shape) shape,
#include "interp/objects.def"
#undef OBJECT
};
constexpr StringRef kNames[] = {
#define OBJECT(id, text, shape) text,
#include "interp/objects.def"
#undef OBJECT
};

}  // namespace

constinit const Family kFamStructGet = {"struct.get", kTable<Spec2<StructGet>, kObjectAccesses, kInt, kInt>.data(),
                                        name_in<kStructGetNames>, "llo", kObjectAccesses, {kInt, kInt, 0, 0}};
constinit const Family kFamStructSet = {"struct.set", kTable<Spec2<StructSet>, kObjectWidths, kInt, kIntImm>.data(),
                                        name_in<kStructSetNames>, "llo", kObjectWidths, {kInt, kIntImm, 0, 0}, 3};
constinit const Family kFamArrayGet = {"array.get", kTable<ArrayGetSpec, kObjectAccesses, kInt, kInt, kIntImm>.data(),
                                       name_in<kArrayGetNames>, "lli", kObjectAccesses, {kInt, kInt, kIntImm, 0}};
constinit const Family kFamArraySet = {"array.set", kTable<ArraySetSpec, kObjectWidths, kInt, kInt, kIntImm>.data(),
                                       name_in<kArraySetNames>, "lil", kObjectWidths, {kInt, kInt, kIntImm, 0}, 3};
constinit const Family kFamArrayLen = {"array.len", kTable<Spec2<ArrayLen>, 1, kInt, kInt>.data(), nullptr, "ll", 1,
                                       {kInt, kInt, 0, 0}};
constinit const Family kFamI31 = {"i31", kTable<Spec2<I31>, 3, kInt, kInt>.data(), name_in<kI31Names>, "ll", 3, {kInt, kInt, 0, 0}};
constinit const Family kFamRefTest = {"ref.test", kTable<CastSpec<RefTest>, 1, kInt, kInt>.data(), nullptr, "llw", 1,
                                      {kInt, kInt, 0, 0}};
constinit const Family kFamRefCast = {"ref.cast", kTable<CastSpec<RefCast>, 1, kInt, kInt>.data(), nullptr, "llw", 1,
                                      {kInt, kInt, 0, 0}};
constinit const Family kFamObject = {"", kHandlers, name_in<kNames>, "?o", kObjectOps, {}};

StringRef shape_of(ObjectOp op) { return kShapes[static_cast<unsigned>(op)]; }

}  // namespace umber::interp
