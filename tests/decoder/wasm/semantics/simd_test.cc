// The meaning of the vector instructions: examples at compile time, and then for every pure instruction that it computes
// the same at run time, where lanes go through the compiler's vector types.
#include <gtest/gtest.h>
#include <cstring>
#include <memory>
#include <tuple>

#include "decoder/wasm/semantics/semantics.h"
#include "decoder/wasm/semantics/vector_memory.h"

namespace umber::sem {
namespace {

using wasm::Op;

template <class T>
constexpr V128 vec(LaneArray<T> lanes) {
  return std::bit_cast<V128>(lanes);
}
constexpr V128 i8(LaneArray<int8_t> lanes) { return vec<int8_t>(lanes); }
constexpr V128 i16(LaneArray<int16_t> lanes) { return vec<int16_t>(lanes); }
constexpr V128 i32(LaneArray<int32_t> lanes) { return vec<int32_t>(lanes); }
constexpr V128 i64(LaneArray<int64_t> lanes) { return vec<int64_t>(lanes); }
constexpr V128 f32(LaneArray<float> lanes) { return vec<float>(lanes); }
constexpr V128 f64(LaneArray<double> lanes) { return vec<double>(lanes); }

constexpr V128 kCount = i8({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});

static_assert(apply<Op::I8x16Add>(kCount, apply<Op::I8x16Splat>(0x1ffu)) ==
              i8({-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
static_assert(apply<Op::I16x8Mul>(i16({-1, 300, 0, 0, 0, 0, 0, -32768}), i16({-1, 300, 0, 0, 0, 0, 0, -32768})) ==
              i16({1, 90000 - 65536, 0, 0, 0, 0, 0, 0}));
static_assert(apply<Op::I8x16Swizzle>(kCount, i8({15, 16, -1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 31, 32})) ==
              i8({15, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}));
static_assert(apply<Op::I8x16Shuffle>(kCount, apply<Op::I8x16Neg>(kCount),
                                      i8({31, 17, 0, 15, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 16})) ==
              i8({-15, -1, 0, 15, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}));
static_assert(apply<Op::I16x8ExtractLaneS>(i16({0, -2, 0, 0, 0, 0, 0, 0}), 1u) == 0xffff'fffe);
static_assert(apply<Op::I16x8ExtractLaneU>(i16({0, -2, 0, 0, 0, 0, 0, 0}), 1u) == 0xfffe);
static_assert(apply<Op::F64x2ReplaceLane>(f64({1, 2}), 7.0, 1u) == f64({1, 7}));
static_assert(apply<Op::I8x16Bitmask>(i8({-1, 0, 0, 0, 0, 0, 0, -1, 1, -128, 0, 0, 0, 0, 0, -1})) == 0x8281);
static_assert(apply<Op::I16x8Bitmask>(i16({-1, 0, 0, -1, 0, -1, 0, 0})) == 0x29);
static_assert(apply<Op::I32x4Bitmask>(i32({0, -1, 0, -1})) == 0xa && apply<Op::I64x2Bitmask>(i64({1, -1})) == 2);
static_assert(apply<Op::I8x16AllTrue>(kCount) == 0 &&
              apply<Op::I8x16AllTrue>(i8({1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 1, -128})) == 1);
static_assert(apply<Op::I64x2AllTrue>(i64({1, 0})) == 0 && apply<Op::I64x2AllTrue>(i64({1, INT64_MIN})) == 1);
static_assert(apply<Op::V128AnyTrue>(V128{}) == 0 && apply<Op::V128AnyTrue>(kCount) == 1);
static_assert(apply<Op::V128Bitselect>(i64({0xff, 1}), i64({0, 6}), i64({0x0f, 3})) == i64({0x0f, 5}));
static_assert(apply<Op::I8x16NarrowI16x8S>(i16({300, -300, 5, 0, 0, 0, 0, 0}), i16({-1, 0, 0, 0, 0, 0, 0, 127})) ==
              i8({127, -128, 5, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 127}));
static_assert(apply<Op::I16x8NarrowI32x4U>(i32({-1, 65535, 65536, 7}), i32({0, 0, 0, INT32_MIN})) ==
              i16({0, -1, -1, 7, 0, 0, 0, 0}));
static_assert(apply<Op::I16x8ExtendHighI8x16S>(i8({0, 0, 0, 0, 0, 0, 0, 0, -1, 2, 3, 4, 5, 6, 7, -128})) ==
              i16({-1, 2, 3, 4, 5, 6, 7, -128}));
static_assert(apply<Op::I16x8ExtmulLowI8x16U>(i8({-1, 2}), i8({-1, 3})) == i16({static_cast<int16_t>(65025), 6}));
static_assert(apply<Op::I32x4ExtaddPairwiseI16x8S>(i16({-1, -2, 3, 4})) == i32({-3, 7}));
static_assert(apply<Op::I32x4DotI16x8S>(i16({-32768, -32768, 1, 2}), i16({-32768, -32768, 3, 4})) == i32({INT32_MIN, 11}));
static_assert(apply<Op::I16x8Q15mulrSatS>(i16({-32768, 16384}), i16({-32768, 16384})) == i16({32767, 8192}));
static_assert(apply<Op::I8x16AddSatU>(i8({-1, 1}), i8({5, 5})) == i8({-1, 6}) &&
              apply<Op::I8x16SubSatU>(i8({3}), i8({4})) == V128{});
static_assert(apply<Op::I8x16AvgrU>(i8({-1, 1}), i8({-2, 2})) == i8({-1, 2}));
static_assert(apply<Op::I8x16Shl>(i8({-1, 1}), 9u) == i8({-2, 2}) && apply<Op::I16x8ShrS>(i16({-4}), 17u) == i16({-2}));
static_assert(apply<Op::F32x4Lt>(f32({1, 2, -0.0f, 4}), f32({2, 1, 0, 5})) == i32({-1, 0, 0, -1}));
static_assert(apply<Op::F64x2Pmin>(f64({0.0, 3}), f64({-0.0, 2})) == f64({0.0, 2}));
static_assert(apply<Op::I32x4TruncSatF64x2SZero>(f64({-1e10, 7.9})) == i32({INT32_MIN, 7, 0, 0}));
static_assert(apply<Op::F32x4DemoteF64x2Zero>(f64({1.5, -2})) == f32({1.5, -2, 0, 0}));
static_assert(apply<Op::F64x2ConvertLowI32x4U>(i32({-1, 2, 3, 4})) == f64({4294967295.0, 2}));
static_assert(apply<Op::I16x8RelaxedDotI8x16I7x16S>(i8({-128, -128, 2, 3}), i8({-128, -128, 4, 5})) == i16({32767, 23}));
static_assert(apply<Op::I32x4RelaxedDotI8x16I7x16AddS>(i8({1, 2, 3, 4}), i8({1, 2, 3, 4}), i32({100})) == i32({130}));
static_assert(apply<Op::F32x4RelaxedNmadd>(f32({2}), f32({3}), f32({10})) ==
              apply<Op::F32x4RelaxedMadd>(f32({-2}), f32({3}), f32({10})));

static_assert(kLoaded<Op::V128Load16x4S>(0x0003'0002'0001'ffff) == i32({-1, 1, 2, 3}));
static_assert(kLoaded<Op::V128Load32x2U>(0xffff'ffff'0000'0001) == i64({1, 0xffff'ffff}));
static_assert(kLoaded<Op::V128Load32Zero>(5u) == i32({5}) &&
              kLoaded<Op::V128Load8Splat>(1) == i8({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
static_assert(kLaneLoaded<Op::V128Load16Lane>(V128{}, 7, 3) == i16({0, 0, 0, 7}) &&
              kLaneStored<Op::V128Store16Lane>(i16({0, 0, 0, 7}), 3) == 7);

// ---- the same at run time ------------------------------------------------------------------------------------------

/// Finite in every lane shape, of either sign, with small and large lanes.
constexpr V128 kSamples[] = {
    i8({1, 2, 3, 64, -100, 5, -1, 63, 127, -128, 0, -64, 9, 90, -90, 65}),
    i8({0, -3, 7, -64, 100, 5, 1, -63, 0, 77, 1, -65, 9, -2, 90, 66}),
    f32({1.5f, -2.25f, 1e9f, -0.0f}),
    f64({-3.5, 1e5}),
    V128{},
};

template <class T>
constexpr T sample(size_t i) {
  if constexpr (std::is_same_v<T, V128>)
    return kSamples[i % 5];
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(static_cast<int>(i) * 3 - 4) / 2;
  else
    return 1;  // also a lane of every shape
}

/// Lane immediates must be in range; every other operand may be anything.
template <class R, class... Operands>
void expect_same_at_run_time(R (*function)(Operands...), auto constant, const char* text) {
  [&]<size_t... i>(std::index_sequence<i...>) {
    std::tuple<Operands...> operands = {sample<Operands>(i)...};
    volatile bool never = false;
    if (never) ((std::get<i>(operands) = Operands{}), ...);
    EXPECT_EQ(std::memcmp(&constant, &*std::make_unique<R>(function(std::get<i>(operands)...)), sizeof(R)), 0) << text;
  }(std::index_sequence_for<Operands...>());
}

template <class R, class... Operands>
constexpr R compute_sample(R (*function)(Operands...)) {
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return function(sample<Operands>(i)...);
  }(std::index_sequence_for<Operands...>());
}

template <Op op>
void check(const char* text) {
  if constexpr (kHasMeaning<op>) {
    if constexpr (!kCanTrap<ResultOf<op>> && op != Op::F32Sqrt && op != Op::F64Sqrt && op != Op::F32x4Sqrt &&
                  op != Op::F64x2Sqrt) {
      static constexpr auto kConstant = compute_sample(kMeaning<op>);
      expect_same_at_run_time(kMeaning<op>, kConstant, text);
    }
  }
}

TEST(VectorSemantics, SameAtCompileTimeAndRunTime) {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) check<Op::id>(text);
#include "decoder/wasm/opcodes.def"
#undef OP
}

TEST(VectorSemantics, EveryBitmaskAndZeroLane) {
  for (uint32_t mask = 0; mask < 0x10000; ++mask) {
    V128 v;
    for (size_t i = 0; i < 16; ++i) v.bytes[i] = (mask >> i & 1) != 0 ? 0x80 : 0x7f;
    ASSERT_EQ(apply<Op::I8x16Bitmask>(v), mask);
    for (size_t i = 0; i < 16; ++i) v.bytes[i] = (mask >> i & 1) != 0 ? 0 : 1 + i * 16;
    ASSERT_EQ(apply<Op::I8x16AllTrue>(v), mask == 0);
  }
}

TEST(VectorSemantics, SquareRoots) {
  volatile double four = 4.0;
  const V128 v = f64({four, 2.25});
  EXPECT_EQ(apply<Op::F64x2Sqrt>(v), f64({2.0, 1.5}));
}

}  // namespace
}  // namespace umber::sem
