// Why a run ended early. Traps are values: nothing in the core aborts the process or unwinds the native stack.
#pragma once

#include <cstdint>

#include "base/string_ref.h"

namespace umber {

/// The traps of the specification first, then those of the runtime's own limits.
enum class TrapKind : uint8_t {
  None,
  Unreachable,
  IntegerDivideByZero,
  IntegerOverflow,
  InvalidConversionToInteger,
  MemoryOutOfBounds,
  TableOutOfBounds,
  UndefinedElement,            ///< call_indirect beyond the table
  UninitializedElement,        ///< call_indirect of a null element
  IndirectCallTypeMismatch,
  NullReference,
  NullFunctionReference,
  NullStructReference,
  NullArrayReference,
  NullI31Reference,
  NullExceptionReference,
  ArrayOutOfBounds,
  CastFailure,
  UnalignedAtomic,
  ExpectedSharedMemory,
  StackOverflow,
  UncaughtException,
  OutOfMemory,        ///< the object heap's budget or an allocation of the engine
  OutOfFuel,
  DeadlineExceeded,
  Killed,
  HostError,          ///< a host function failed; the message says why
  Exit,               ///< the guest ended itself (proc_exit); not an error, carries the exit code
  Unsupported,        ///< valid, but this build does not run it
};

/// The official test suite's wording where it has one, e.g. "out of bounds memory access".
[[nodiscard]] StringRef text_of(TrapKind kind);

}  // namespace umber
