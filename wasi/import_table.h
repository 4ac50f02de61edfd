// Tables of imports: from a name to a call under the process's lock.
#pragma once

#include "runtime/linker.h"
#include "wasi/calls.h"

namespace umber::wasi {

struct Import {
  const char* name;
  HostFunction (*make)(Context* context);
};

/// A call under the process's lock.
template <auto kCall>
struct Locking;
template <class R, class... Arguments, R (*kCall)(Context*, Arguments...)>
struct Locking<kCall> {
  static R call(Context* context, Arguments... arguments) {
    const Locked locked(context->process.lock);
    return kCall(context, arguments...);
  }
};

template <auto kCall>
HostFunction make(Context* context) {
  return host_function<&Locking<kCall>::call>(context);
}

inline Status define_all(Linker& linker, StringRef module, std::span<const Import> imports, Context& context) {
  for (const Import& import : imports) UMBER_TRY(linker.define(module, import.name, import.make(&context)));
  return {};
}

/// The sockets extensions, in this order: sock_wamr.cc, then sock_wasmedge.cc, which adds functions of other types under its names.
[[nodiscard]] Status add_wamr_sockets(Linker& linker, Context& context);
[[nodiscard]] Status add_wasmedge_sockets(Linker& linker, Context& context);

}  // namespace umber::wasi
