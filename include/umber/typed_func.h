// Calling an export as if it were a C++ function:
//
//   Result<TypedFunc<int32_t(int32_t, int32_t)>> add = instance->func<int32_t(int32_t, int32_t)>("add");
//   CallResult<int32_t> sum = (*add)(execution, 2, 3);
//   if (sum.ok()) use(sum.value()); else print(sum.trap());
//
// The signature is compared with the function's type once, when it is looked up. Parameters and result: 32- and 64-bit
// integers, float, double; no result is void. Functions with other types, or several results, are called through
// Execution::call with slots.
#pragma once

#include "runtime/host_function.h"
#include "runtime/store.h"

namespace umber {

/// How a typed call ended: a value, a trap, or a pause. Refers to the execution's trap record: valid until its next run.
template <class R>
class [[nodiscard]] CallResult {
 public:
  using Value = std::conditional_t<std::is_void_v<R>, char, R>;
  CallResult(RunStatus status, Value value, const Trap& trap) : status_(status), value_(value), trap_(&trap) {}

  [[nodiscard]] bool ok() const { return status_ == RunStatus::Done; }
  explicit operator bool() const { return ok(); }
  /// Paused: TypedFunc::resume goes on.
  [[nodiscard]] bool suspended() const { return status_ == RunStatus::Suspended; }
  [[nodiscard]] RunStatus status() const { return status_; }
  /// Only if ok().
  [[nodiscard]] R value() const
    requires(!std::is_void_v<R>)
  {
    return value_;
  }
  /// Only if neither ok() nor suspended(). See runtime/backtrace.h for its text.
  [[nodiscard]] const Trap& trap() const { return *trap_; }

 private:
  RunStatus status_;
  Value value_;
  const Trap* trap_;
};

template <class Signature>
class TypedFunc;

/// A function whose type is known to be R(Params...). Copyable; valid as long as the store.
template <class R, class... Params>
class TypedFunc<R(Params...)> {
 public:
  /// NotFound without such a function, InvalidArgument if its type is another.
  [[nodiscard]] static Result<TypedFunc> of(Store& store, Func* func, StringRef name) {
    if (func == nullptr) return Error::of(ErrorCode::NotFound, "no exported function ", Quoted{name});
    const wasm::FuncType type = store.type_of(*func).func();
    if (!same(type.params, kParams) || !same(type.results, kResults))
      return Error::of(ErrorCode::InvalidArgument, "function ", Quoted{name}, " has another type");
    return TypedFunc(*func);
  }

  /// Runs the function. At most one run of an execution at a time; host functions may nest.
  CallResult<R> operator()(Execution& execution, Params... params) const {
    Slot* values = execution.stack_top;
    if (static_cast<size_t>(execution.stack_end() - values) < kSlots) {
      (void)execution.trap(TrapKind::StackOverflow);
      return {RunStatus::Trapped, {}, execution.last_trap()};
    }
    execution.stack_top += kSlots;
    Slot* next = values;
    (host_detail::write_slot<Params>(*next++, params), ...);
    (void)next;
    return take(execution, execution.call(*func_, values));
  }

  /// After a suspended call of this function: goes on where it paused.
  CallResult<R> resume(Execution& execution) const { return take(execution, execution.resume()); }

  [[nodiscard]] Func& func() const { return *func_; }

 private:
  static constexpr auto& kParams = host_detail::ParamList<Params...>::kTypes;
  static constexpr auto& kResults = host_detail::Outcome<R>::kTypes;
  static constexpr size_t kSlots = sizeof...(Params) > 0 ? sizeof...(Params) : 1;

  explicit TypedFunc(Func& func) : func_(&func) {}

  static bool same(std::span<const wasm::ValType> actual, std::span<const wasm::ValType> expected) {
    if (actual.size() != expected.size()) return false;
    for (size_t i = 0; i < actual.size(); ++i)
      if (actual[i] != expected[i]) return false;
    return true;
  }

  /// The values lie right below stack_top, where a paused run finds them again.
  static CallResult<R> take(Execution& execution, RunStatus status) {
    typename CallResult<R>::Value value{};
    if (status != RunStatus::Suspended) execution.stack_top -= kSlots;
    if constexpr (!std::is_void_v<R>)
      if (status == RunStatus::Done) value = host_detail::read_slot<R>(*execution.stack_top);
    return {status, value, execution.last_trap()};
  }

  Func* func_;
};

template <class Signature>
Result<TypedFunc<Signature>> Instance::func(StringRef export_name) const {
  return TypedFunc<Signature>::of(store_, find_func(export_name), export_name);
}

}  // namespace umber
