// Host functions from typed C++ signatures:
//
//   Errno Wasi::fd_write(Caller&, uint32_t fd, GuestSpan<const Ciovec> vectors, GuestPtr<uint32_t> written);
//   linker.define("wasi_snapshot_preview1", "fd_write", host_function<&Wasi::fd_write>(&wasi));
//
// The Wasm type follows from the signature, and so do the checks: every GuestSpan (a pointer and a count) and GuestPtr (a
// pointer) is checked against the caller's memory 0 before the function runs. A range that is out of bounds traps, or,
// where the return type has a HostFault specialisation, becomes that return value (WASI's EFAULT).
//
//   parameter                                Wasm parameters
//   int32_t uint32_t and smaller, enums      i32 (small unsigned types and enums: truncated to their width)
//   int64_t uint64_t                         i64
//   float double                             f32 f64
//   GuestPtr<T>  GuestPtr<T, uint64_t>       i32 / i64
//   GuestSpan<T> GuestSpan<T, uint64_t>      i32 i32 / i64 i64
//   State* or member function, Caller&       none; first, in this order
//   result: void, HostResult (none), a scalar or enum, HostValue<scalar> (a scalar or a trap)
#pragma once

#include <array>
#include <utility>

#include "runtime/guest.h"
#include "runtime/host.h"

namespace umber {

/// What a host function returns when a pointer parameter is out of bounds. Specialise it for an error type R with
/// `static constexpr R kFault`; all others trap.
template <class R>
struct HostFault {};

/// A value, or the trap that Caller::trap recorded.
template <class T>
class [[nodiscard]] HostValue {
 public:
  HostValue(T value) : result_(HostResult::done()), value_(value) {}
  HostValue(HostResult trap) : result_(trap), value_{} {}
  [[nodiscard]] HostResult result() const { return result_; }
  [[nodiscard]] T value() const { return value_; }

 private:
  HostResult result_;
  T value_;
};

namespace host_detail {

template <class T>
struct Repr {
  using Type = T;
};
template <class T>
  requires std::is_enum_v<T>
struct Repr<T> {
  using Type = std::underlying_type_t<T>;
};

template <class T>
concept Scalar = std::is_arithmetic_v<typename Repr<T>::Type> && sizeof(T) <= 8;

template <Scalar T>
constexpr wasm::ValType val_type_of() {
  using R = typename Repr<T>::Type;
  if constexpr (std::is_same_v<R, float>) return wasm::ValType::F32;
  if constexpr (std::is_same_v<R, double>) return wasm::ValType::F64;
  return sizeof(R) == 8 ? wasm::ValType::I64 : wasm::ValType::I32;
}

template <Scalar T>
T read_slot(const Slot& slot) {
  using R = typename Repr<T>::Type;
  if constexpr (std::is_same_v<R, float>) return slot.f32;
  if constexpr (std::is_same_v<R, double>) return slot.f64;
  return static_cast<T>(static_cast<R>(slot.u64));
}

/// Small signed values are sign-extended to i32; the upper half of an i32 or f32 is zero.
template <Scalar T>
void write_slot(Slot& slot, T value) {
  using R = typename Repr<T>::Type;
  slot.u64 = 0;
  if constexpr (std::is_same_v<R, float>)
    slot.f32 = value;
  else if constexpr (std::is_same_v<R, double>)
    slot.f64 = value;
  else if constexpr (sizeof(R) == 8)
    slot.u64 = static_cast<uint64_t>(value);
  else
    slot.u32 = static_cast<uint32_t>(static_cast<R>(value));
}

/// How one C++ parameter comes out of slots: its Wasm types, and `read`, false when out of bounds.
template <class T>
struct Param;

template <Scalar T>
struct Param<T> {
  using Held = T;
  static constexpr std::array<wasm::ValType, 1> kTypes = {val_type_of<T>()};
  static bool read(Caller&, const Slot* slots, Held& out) {
    out = read_slot<T>(slots[0]);
    return true;
  }
};

template <class T, class Address>
struct Param<GuestPtr<T, Address>> {
  using Held = GuestPtr<T, Address>;
  static constexpr std::array<wasm::ValType, 1> kTypes = {val_type_of<Address>()};
  static bool read(Caller& caller, const Slot* slots, Held& out) {
    return Held::check(caller.memory(), read_slot<Address>(slots[0]), out);
  }
};

template <class T, class Address>
struct Param<GuestSpan<T, Address>> {
  using Held = GuestSpan<T, Address>;
  static constexpr std::array<wasm::ValType, 2> kTypes = {val_type_of<Address>(), val_type_of<Address>()};
  static bool read(Caller& caller, const Slot* slots, Held& out) {
    return Held::check(caller.memory(), read_slot<Address>(slots[0]), read_slot<Address>(slots[1]), out);
  }
};

template <class R>
concept FaultsAsValue = requires { HostFault<R>::kFault; };

/// How a C++ result goes into slots. `kTypes`, `write`, and `fault` for a pointer that is out of bounds.
template <class R>
struct Outcome;

inline HostResult trap_out_of_bounds(Caller& caller) {
  return caller.trap(TrapKind::MemoryOutOfBounds, "pointer passed to a host function");
}

template <>
struct Outcome<void> {
  static constexpr std::array<wasm::ValType, 0> kTypes = {};
  static HostResult fault(Caller& caller, Slot*) { return trap_out_of_bounds(caller); }
};

template <>
struct Outcome<HostResult> {
  static constexpr std::array<wasm::ValType, 0> kTypes = {};
  static HostResult write(HostResult result, Slot*) { return result; }
  static HostResult fault(Caller& caller, Slot*) { return trap_out_of_bounds(caller); }
};

template <Scalar R>
struct Outcome<R> {
  static constexpr std::array<wasm::ValType, 1> kTypes = {val_type_of<R>()};
  static HostResult write(R value, Slot* values) {
    write_slot<R>(values[0], value);
    return HostResult::done();
  }
  static HostResult fault(Caller& caller, Slot* values) {
    if constexpr (FaultsAsValue<R>)
      return write(HostFault<R>::kFault, values);
    else
      return trap_out_of_bounds(caller);
  }
};

template <Scalar R>
struct Outcome<HostValue<R>> {
  static constexpr std::array<wasm::ValType, 1> kTypes = Outcome<R>::kTypes;
  static HostResult write(const HostValue<R>& value, Slot* values) {
    return value.result().status() == RunStatus::Done ? Outcome<R>::write(value.value(), values) : value.result();
  }
  static HostResult fault(Caller& caller, Slot* values) { return Outcome<R>::fault(caller, values); }
};

/// All Wasm parameter types of a C++ parameter list, and where each parameter's slots begin.
template <class... Params>
struct ParamList {
  static constexpr size_t kCount = (size_t{0} + ... + Param<Params>::kTypes.size());
  static constexpr auto kTypes = [] {
    std::array<wasm::ValType, kCount> types{};
    size_t at = 0;
    auto add = [&](const auto& part) {
      for (wasm::ValType type : part) types[at++] = type;
    };
    (add(Param<Params>::kTypes), ...);
    (void)add;
    return types;
  }();
  static constexpr auto kFirstSlot = [] {
    std::array<size_t, sizeof...(Params) + 1> first{};
    size_t param = 0, at = 0;
    auto add = [&](size_t count) {
      first[param++] = at;
      at += count;
    };
    (add(Param<Params>::kTypes.size()), ...);
    (void)add;
    return first;
  }();
};

/// A parameter while it waits for the call.
template <size_t Idx, class T>
struct HeldParam {
  typename Param<T>::Held value{};
};
template <class Indices, class... Params>
struct HeldParams;
template <size_t... Idx, class... Params>
struct HeldParams<std::index_sequence<Idx...>, Params...> : HeldParam<Idx, Params>... {
  /// Reads and checks all, in order, up to the first that is out of bounds.
  bool read(Caller& caller, const Slot* values) {
    constexpr auto& first = ParamList<Params...>::kFirstSlot;
    (void)caller, (void)values, (void)first;
    return (Param<Params>::read(caller, values + first[Idx], static_cast<HeldParam<Idx, Params>*>(this)->value) && ...);
  }
  template <class Call>
  decltype(auto) pass(Call&& call) {
    return call(static_cast<HeldParam<Idx, Params>*>(this)->value...);
  }
};

template <class R, class Invoke, class... Params>
HostResult run(Caller& caller, Slot* values, Invoke&& invoke) {
  HeldParams<std::index_sequence_for<Params...>, Params...> held;
  if (!held.read(caller, values)) return Outcome<R>::fault(caller, values);
  if constexpr (std::is_void_v<R>) {
    held.pass(invoke);
    return HostResult::done();
  } else {
    return Outcome<R>::write(held.pass(invoke), values);
  }
}

/// Takes a function apart: `StateType` (void without one), and `callback`.
template <auto kFunction, class R, class State, bool kTakesCaller, class... Params>
struct Glue {
  using StateType = State;
  static constexpr auto& kParams = ParamList<Params...>::kTypes;
  static constexpr auto& kResults = Outcome<R>::kTypes;

  static HostResult callback(void* state, Caller& caller, Slot* values) {
    auto invoke = [&](auto&... args) -> R {
      if constexpr (std::is_void_v<State>) {
        if constexpr (kTakesCaller)
          return kFunction(caller, args...);
        else
          return kFunction(args...);
      } else if constexpr (std::is_member_function_pointer_v<decltype(kFunction)>) {
        if constexpr (kTakesCaller)
          return (static_cast<State*>(state)->*kFunction)(caller, args...);
        else
          return (static_cast<State*>(state)->*kFunction)(args...);
      } else {
        if constexpr (kTakesCaller)
          return kFunction(static_cast<State*>(state), caller, args...);
        else
          return kFunction(static_cast<State*>(state), args...);
      }
    };
    (void)state;
    return run<R, decltype(invoke), Params...>(caller, values, std::forward<decltype(invoke)>(invoke));
  }
};

template <auto kFunction, class Signature>
struct GlueOf;
template <auto kFunction, class R, class... P>
struct GlueOf<kFunction, R (*)(P...)> : Glue<kFunction, R, void, false, P...> {};
template <auto kFunction, class R, class... P>
struct GlueOf<kFunction, R (*)(Caller&, P...)> : Glue<kFunction, R, void, true, P...> {};
template <auto kFunction, class R, class S, class... P>
struct GlueOf<kFunction, R (*)(S*, P...)> : Glue<kFunction, R, S, false, P...> {};
template <auto kFunction, class R, class S, class... P>
struct GlueOf<kFunction, R (*)(S*, Caller&, P...)> : Glue<kFunction, R, S, true, P...> {};
template <auto kFunction, class R, class S, class... P>
struct GlueOf<kFunction, R (S::*)(P...)> : Glue<kFunction, R, S, false, P...> {};
template <auto kFunction, class R, class S, class... P>
struct GlueOf<kFunction, R (S::*)(Caller&, P...)> : Glue<kFunction, R, S, true, P...> {};

}  // namespace host_detail

/// A stateless typed host function.
template <auto kFunction>
  requires std::is_void_v<typename host_detail::GlueOf<kFunction, decltype(kFunction)>::StateType>
[[nodiscard]] HostFunction host_function() {
  using Glue = host_detail::GlueOf<kFunction, decltype(kFunction)>;
  return {&Glue::callback, nullptr, Glue::kParams, Glue::kResults};
}

/// A typed host function with state: a member function, or a function whose first parameter is a State*. `state` must
/// outlive the store that the function is defined in.
template <auto kFunction>
[[nodiscard]] HostFunction host_function(typename host_detail::GlueOf<kFunction, decltype(kFunction)>::StateType* state) {
  using Glue = host_detail::GlueOf<kFunction, decltype(kFunction)>;
  return {&Glue::callback, state, Glue::kParams, Glue::kResults};
}

}  // namespace umber
