// The texts of traps.
#include "runtime/trap.h"

namespace umber {

StringRef text_of(TrapKind kind) {
  switch (kind) {
    case TrapKind::None: return "no trap";
    case TrapKind::Unreachable: return "unreachable";
    case TrapKind::IntegerDivideByZero: return "integer divide by zero";
    case TrapKind::IntegerOverflow: return "integer overflow";
    case TrapKind::InvalidConversionToInteger: return "invalid conversion to integer";
    case TrapKind::MemoryOutOfBounds: return "out of bounds memory access";
    case TrapKind::TableOutOfBounds: return "out of bounds table access";
    case TrapKind::UndefinedElement: return "undefined element";
    case TrapKind::UninitializedElement: return "uninitialized element";
    case TrapKind::IndirectCallTypeMismatch: return "indirect call type mismatch";
    case TrapKind::NullReference: return "null reference";
    case TrapKind::NullFunctionReference: return "null function reference";
    case TrapKind::NullStructReference: return "null structure reference";
    case TrapKind::NullArrayReference: return "null array reference";
    case TrapKind::NullI31Reference: return "null i31 reference";
    case TrapKind::NullExceptionReference: return "null exception reference";
    case TrapKind::ArrayOutOfBounds: return "out of bounds array access";
    case TrapKind::CastFailure: return "cast failure";
    case TrapKind::UnalignedAtomic: return "unaligned atomic";
    case TrapKind::ExpectedSharedMemory: return "expected shared memory";
    case TrapKind::StackOverflow: return "call stack exhausted";
    case TrapKind::UncaughtException: return "unhandled exception";
    case TrapKind::OutOfMemory: return "out of memory";
    case TrapKind::OutOfFuel: return "out of fuel";
    case TrapKind::DeadlineExceeded: return "deadline exceeded";
    case TrapKind::Killed: return "killed";
    case TrapKind::HostError: return "host function failed";
    case TrapKind::Exit: return "exit";
    case TrapKind::Unsupported: return "not supported by this build";
  }
  return "";
}

}  // namespace umber
