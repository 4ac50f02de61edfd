#include "aot/loader/routines.h"

#include <cstdint>

#include "aot/image/routines.h"
#include "decoder/wasm/semantics/floating.h"

namespace umber::aot {

// ABSENT is for rows that this processor's library has no routine for.
#if defined(__arm__)
#define UMBER_LIBRARY_ROUTINES(ROUTINE, ABSENT) UMBER_ARM_LIBRARY_ROUTINES(ROUTINE)
#elif defined(__riscv) && __riscv_xlen == 32
#define UMBER_LIBRARY_ROUTINES(ROUTINE, ABSENT) UMBER_RISCV_LIBRARY_ROUTINES(ROUTINE, UMBER_SINGLE_ROUTINE(ROUTINE, ABSENT))
#else
#define UMBER_LIBRARY_ROUTINES(ROUTINE, ABSENT)
#endif

namespace {

// Declared as what they are not: only their addresses are taken here.
namespace library {
#define UMBER_DECLARE_ROUTINE(name) extern "C" void umber_##name() __asm__(#name);
#define UMBER_IGNORE_ROUTINE(name)
UMBER_LIBRARY_ROUTINES(UMBER_DECLARE_ROUTINE, UMBER_IGNORE_ROUTINE)
#undef UMBER_DECLARE_ROUTINE
#undef UMBER_IGNORE_ROUTINE
}  // namespace library

namespace rounding {
float ceilf(float a) { return sem::ceil(a); }
float floorf(float a) { return sem::floor(a); }
float truncf(float a) { return sem::trunc(a); }
float roundevenf(float a) { return sem::nearest(a); }
float sqrtf(float a) { return sem::sqrt(a); }
double ceil(double a) { return sem::ceil(a); }
double floor(double a) { return sem::floor(a); }
double trunc(double a) { return sem::trunc(a); }
double roundeven(double a) { return sem::nearest(a); }
double sqrt(double a) { return sem::sqrt(a); }
}  // namespace rounding

const void* const kRoutines[] = {
#define UMBER_ROUTINE_ADDRESS(name) reinterpret_cast<const void*>(&library::umber_##name),
#define UMBER_NO_ADDRESS(name) nullptr,
    UMBER_LIBRARY_ROUTINES(UMBER_ROUTINE_ADDRESS, UMBER_NO_ADDRESS)
#undef UMBER_ROUTINE_ADDRESS
#undef UMBER_NO_ADDRESS
#define UMBER_ROUTINE_ADDRESS(name) reinterpret_cast<const void*>(&rounding::name),
        UMBER_ROUNDING_ROUTINES(UMBER_ROUTINE_ADDRESS)
#undef UMBER_ROUTINE_ADDRESS
};

}  // namespace

const void* const* native_routines() { return kRoutines; }

}  // namespace umber::aot
