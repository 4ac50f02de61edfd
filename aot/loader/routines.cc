#include "aot/loader/routines.h"

#include <cstdint>

#include "aot/image/routines.h"
#include "decoder/wasm/semantics/floating.h"

namespace umber::aot {

#if defined(__arm__)
#define UMBER_LIBRARY_ROUTINES UMBER_ARM_LIBRARY_ROUTINES
#elif defined(__riscv) && __riscv_xlen == 32
#define UMBER_LIBRARY_ROUTINES UMBER_RISCV_LIBRARY_ROUTINES
#else
#define UMBER_LIBRARY_ROUTINES(ROUTINE)
#endif

namespace {

// Declared as what they are not: only their addresses are taken here.
namespace library {
#define UMBER_DECLARE_ROUTINE(name) extern "C" void umber_##name() __asm__(#name);
UMBER_LIBRARY_ROUTINES(UMBER_DECLARE_ROUTINE)
#undef UMBER_DECLARE_ROUTINE
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
    UMBER_LIBRARY_ROUTINES(UMBER_ROUTINE_ADDRESS)
#undef UMBER_ROUTINE_ADDRESS
#define UMBER_ROUTINE_ADDRESS(name) reinterpret_cast<const void*>(&rounding::name),
        UMBER_ROUNDING_ROUTINES(UMBER_ROUTINE_ADDRESS)
#undef UMBER_ROUTINE_ADDRESS
};

}  // namespace

const void* const* native_routines() { return kRoutines; }

}  // namespace umber::aot
