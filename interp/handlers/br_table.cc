// The branches through a table that only the speed profile has, and all of them from where a loop ends, if they stand at its header: an
// interpreter's loop is a br_table whose cases go back to it, and a jump back that goes on to the next case at once saves the operation
// between.
#include "interp/handlers/br_table.h"
#include "interp/pair_families.h"

namespace umber::interp {
namespace {

/// The places as `Table` has them, whose fields are read from the instruction at the header; distance to it, weight.
template <class Table, int... places>
struct BackTo {
  static constexpr int kCount = sizeof...(places);
  using F = Fields<Operand<uint32_t, places>..., Word, Word>;
  static Next run(State& s) {
    const Next next = jump_back(s, F::template signed_word<kCount>(s), F::template word<kCount + 1>(s));
    return next == Next::Branch ? Table::run(s) : next;
  }
};

struct BranchTableSumSpec {
  template <int, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, BranchTableSum<a>>();
  }
};
template <bool back>
struct StepTableSpec {
  template <int, int d, int a>
  static constexpr Handler entry() {
    constexpr bool kExists = !kIsCompact && (d != a || is_int_slot(d));
    return handler_if<kExists, std::conditional_t<back, BackTo<StepTable<d, a>, d, a>, StepTable<d, a>>>();
  }
};
struct BackToTableSpec {
  template <int op, int a>
  static constexpr Handler entry() {
    using Table = std::conditional_t<op == 0, BranchTable<a>, std::conditional_t<op == 1, BranchTableSum<a>, BranchTableLoad<a>>>;
    return handler_if<!kIsCompact, BackTo<Table, a>>();
  }
};

StringRef back_name(unsigned op) {
  constexpr const char* kNames[] = {"br_table", "i32.add.br_table", "load.br_table"};
  return kNames[op];
}

}  // namespace

constinit const Family kFamBranchTableSum = {"i32.add.br_table", kTable<BranchTableSumSpec, 1, kInt>.data(), nullptr, "i+t", 1,
                                             {kInt, 0, 0, 0}};
constinit const Family kFamStepTable = {"i32.step.br_table", kTable<StepTableSpec<false>, 1, kInt, kInt>.data(), nullptr, "ii+ot", 1,
                                        {kInt, kInt, 0, 0}};
constinit const Family kFamBackToTable = {"back to", kTable<BackToTableSpec, 3, kInt>.data(), back_name, "ibc", 3, {kInt, 0, 0, 0}};
constinit const Family kFamBackToStepTable = {"back to i32.step.br_table", kTable<StepTableSpec<true>, 1, kInt, kInt>.data(), nullptr, "iibc", 1,
                                              {kInt, kInt, 0, 0}};

}  // namespace umber::interp
