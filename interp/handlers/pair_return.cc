// Returns with what computes the result: the last sum or load of a small function, which often is all of it.
#include "interp/handlers/calls.h"
#include "interp/handlers/memory.h"
#include "interp/pair_families.h"

namespace umber::interp {
namespace {

// A B; link
template <int a, int b>
struct ReturnSum {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Half>;
  static Next run(State& s) {
    s.fp[0].u64 = uint64_t{F::template get<0>(s) + F::template get<1>(s)};
    return leave_frame(s, F::template half<2>(s));
  }
};
struct ReturnSumSpec {
  template <int, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && a <= b, ReturnSum<a, b>>();
  }
};

// A; link, offset
template <Op op, int a>
struct ReturnLoad {
  using F = Fields<Operand<uint32_t, a>, Half, Word>;
  static Next run(State& s) {
    typename Access<op>::Memory value;
    (void)read_memory<decltype(value), false>(s, uint64_t{F::template get<0>(s)} + F::template word<2>(s), value);
    s.fp[0].u64 = uint64_t{widen<typename Access<op>::Value>(value)};
    return leave_frame(s, F::template half<1>(s));
  }
};
struct ReturnLoadSpec {
  template <int op, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && op < kNarrowLoads, ReturnLoad<kLoadInt[op], a>>();
  }
};

StringRef load_name(unsigned op) { return wasm::text_of(kLoadInt[op]); }

}  // namespace

constinit const Family kFamReturnSum = {"i32.add.return", kTable<ReturnSumSpec, 1, kInt, kIntImm>.data(), nullptr, "iih", 1,
                                        {kInt, kIntImm, 0, 0}};
constinit const Family kFamReturnLoad = {"load.return", kTable<ReturnLoadSpec, std::size(kLoadInt), kInt>.data(), load_name, "iho",
                                         std::size(kLoadInt), {kInt, 0, 0, 0}};

}  // namespace umber::interp
