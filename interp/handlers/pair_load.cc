// A load from a guarded memory 0 with what computed its address, or with where its value goes: pointers that are followed, an address
// that is kept for later, a table indexed by a byte, a value copied from one place in memory to another. The first access comes
// before anything is written, so that a fault finds everything as it was.
#include "interp/handlers/two_accesses.h"
#include "interp/numeric.h"

namespace umber::interp {
namespace {

// D A; offset, offset
template <Op op, int d, int a>
struct LoadLoad {
  using T = typename Access<op>::Value;
  using F = Fields<Operand<T, d>, Operand<uint32_t, a>, Word, Word>;
  static Next run(State& s) {
    const uint32_t offset = F::template word<3>(s);
    const auto address = memory_at<uint32_t>(s, uint64_t{F::template get<1>(s)} + F::template word<2>(s));
    F::template put<0>(s, widen<T>(second_memory_at<typename Access<op>::Memory>(s, uint64_t{address} + offset)));
    return F::next(s);
  }
};
struct LoadLoadSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, LoadLoad<kChainedLoads[op], d, a>>();
  }
};

// E D A; c, offset
template <Op op, int e, int d, int a>
struct SumLoad {
  using T = typename Access<op>::Value;
  using F = Fields<Operand<T, e>, Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word>;
  static Next run(State& s) {
    const uint32_t sum = F::template get<2>(s) + F::template word<3>(s);
    const auto value = memory_at<typename Access<op>::Memory>(s, uint64_t{sum} + F::template word<4>(s));
    F::template put<1>(s, sum);
    F::template put<0>(s, widen<T>(value));
    return F::next(s);
  }
};
template <const auto& list>
struct SumLoadSpec {
  template <int op, int e, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, SumLoad<list[op], e, d, a>>();
  }
};

// D A; offset of the byte, addend, offset
template <Op op, int shift, int d, int a>
struct LoadByByte {
  using T = typename Access<op>::Value;
  using F = Fields<Operand<T, d>, Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    const uint32_t index = memory_at<uint8_t>(s, uint64_t{F::template get<1>(s)} + F::template word<2>(s));
    const uint32_t sum = (index << shift) + F::template word<3>(s);
    const uint64_t address = uint64_t{sum} + F::template word<4>(s);
    F::template put<0>(s, widen<T>(second_memory_at<typename Access<op>::Memory>(s, address)));
    return F::next(s);
  }
};
struct LoadByByteSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, LoadByByte<kByteIndexed[op].op, kByteIndexed[op].shift, d, a>>();
  }
};
// D B A; the same
template <Op op, int shift, int d, int b, int a>
struct LoadByByteIn {
  using T = typename Access<op>::Value;
  using F = Fields<Operand<T, d>, Operand<uint32_t, b>, Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    const uint32_t index = memory_at<uint8_t>(s, uint64_t{F::template get<2>(s)} + F::template word<3>(s));
    const uint32_t sum = F::template get<1>(s) + (index << shift) + F::template word<4>(s);
    const uint64_t address = uint64_t{sum} + F::template word<5>(s);
    F::template put<0>(s, widen<T>(second_memory_at<typename Access<op>::Memory>(s, address)));
    return F::next(s);
  }
};
struct LoadByByteInSpec {
  template <int op, int d, int b, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, LoadByByteIn<kByteIndexed[op].op, kByteIndexed[op].shift, d, b, a>>();
  }
};

// A B; addend and offset of A, then of B
template <class T, int a, int b>
struct CopyMemory {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word, Word>;
  static Next run(State& s) {
    const uint64_t to = place_in_memory<F, 1, 4>(s);
    const T value = memory_at<T>(s, place_in_memory<F, 0, 2>(s));
    begin_second_access(s);
    (void)write_memory<T, false>(s, to, value);
    end_second_access(s);
    return F::next(s);
  }
};
struct CopyMemorySpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    using T = std::conditional_t<op == 0, uint8_t, std::conditional_t<op == 1, uint32_t, uint64_t>>;
    return handler_if<!kIsCompact, CopyMemory<T, a, b>>();
  }
};

StringRef chained_name(unsigned op) { return wasm::text_of(kChainedLoads[op]); }
template <const auto& list>
StringRef name_in(unsigned op) { return wasm::text_of(list[op]); }
StringRef byte_indexed_name(unsigned op) { return wasm::text_of(kByteIndexed[op].op); }
StringRef copy_name(unsigned op) {
  constexpr const char* kNames[] = {"8", "32", "64"};
  return kNames[op];
}
constexpr int kByteOps = static_cast<int>(std::size(kByteIndexed));

}  // namespace

constinit const Family kFamLoadLoad = {"load", kTable<LoadLoadSpec, std::size(kChainedLoads), kInt, kInt>.data(), chained_name, "iioo",
                                       std::size(kChainedLoads), {kInt, kInt, 0, 0}};
constinit const Family kFamSumLoadInt = {"i32.add,", kTable<SumLoadSpec<kSumLoadsInt>, std::size(kSumLoadsInt), kInt, kInt, kInt>.data(),
                                         name_in<kSumLoadsInt>, "iii+o", std::size(kSumLoadsInt), {kInt, kInt, kInt, 0}};
constinit const Family kFamSumLoadFloat = {"i32.add,", kTable<SumLoadSpec<kSumLoadsFloat>, std::size(kSumLoadsFloat), kFloat, kInt, kInt>.data(),
                                           name_in<kSumLoadsFloat>, "dii+o", std::size(kSumLoadsFloat), {kFloat, kInt, kInt, 0}};
constinit const Family kFamLoadByByte = {"by byte", kTable<LoadByByteSpec, kByteOps, kInt, kInt>.data(), byte_indexed_name, "iio+o", kByteOps,
                                         {kInt, kInt, 0, 0}};
constinit const Family kFamLoadByByteIn = {"by byte", kTable<LoadByByteInSpec, kByteOps, kInt, kInt, kInt>.data(), byte_indexed_name, "iiio+o",
                                           kByteOps, {kInt, kInt, kInt, 0}};
constinit const Family kFamCopyMemory = {"copy", kTable<CopyMemorySpec, kCopiedWidths, kInt, kInt>.data(), copy_name, "ii+o+o", kCopiedWidths,
                                         {kInt, kInt, 0, 0}};

}  // namespace umber::interp
