#include "spec-tests/spectest_module.h"

#include "runtime/host_function.h"

namespace umber::spectest {
namespace {

using wasm::ValType;

template <class... Params>
void print(Params...) {}

Status define_functions(Linker& linker) {
  UMBER_TRY(linker.define("spectest", "print", host_function<&print<>>()));
  UMBER_TRY(linker.define("spectest", "print_i32", host_function<&print<int32_t>>()));
  UMBER_TRY(linker.define("spectest", "print_i64", host_function<&print<int64_t>>()));
  UMBER_TRY(linker.define("spectest", "print_f32", host_function<&print<float>>()));
  UMBER_TRY(linker.define("spectest", "print_f64", host_function<&print<double>>()));
  UMBER_TRY(linker.define("spectest", "print_i32_f32", host_function<&print<int32_t, float>>()));
  return linker.define("spectest", "print_f64_f64", host_function<&print<double, double>>());
}

Status define_global(Linker& linker, StringRef name, ValType type, Slot value) {
  Result<Global> global = linker.store().create_global({type, false}, &value);
  if (!global.ok()) return global.error();
  return linker.define("spectest", name, Extern(*global));
}

Status define_globals(Linker& linker) {
  UMBER_TRY(define_global(linker, "global_i32", ValType::I32, {.bits = 666}));
  UMBER_TRY(define_global(linker, "global_i64", ValType::I64, {.bits = 666}));
  Slot f32{.bits = 0};
  f32.f32 = 666.6f;
  UMBER_TRY(define_global(linker, "global_f32", ValType::F32, f32));
  return define_global(linker, "global_f64", ValType::F64, {.f64 = 666.6});
}

Status define_table(Linker& linker, StringRef name, bool is_64) {
  const wasm::Limits limits{.min = 10, .max = 20, .has_max = true, .is_64 = is_64};
  Result<Table*> table = linker.store().create_table({ValType::funcref(), limits});
  if (!table.ok()) return table.error();
  return linker.define("spectest", name, Extern(**table));
}

Status define_memory(Linker& linker, StringRef name, bool is_shared) {
  const wasm::Limits limits{.min = 1, .max = 2, .has_max = true, .is_shared = is_shared};
  Result<Memory*> memory = linker.store().create_memory({limits});
  if (!memory.ok()) return memory.error();
  return linker.define("spectest", name, Extern(**memory));
}

}  // namespace

Status define_spectest(Linker& linker, wasm::Features features) {
  UMBER_TRY(define_functions(linker));
  UMBER_TRY(define_globals(linker));
  UMBER_TRY(define_table(linker, "table", false));
  UMBER_TRY(define_table(linker, "table64", true));
  UMBER_TRY(define_memory(linker, "memory", false));
  if (!features.has(wasm::Feature::Threads)) return {};
  return define_memory(linker, "shared_memory", true);
}

}  // namespace umber::spectest
