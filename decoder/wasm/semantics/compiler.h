// The two things that have to be said differently to each compiler.
#pragma once

#if defined(__clang__)
/// A loop over vector lanes: clang turns unrolled lanes into vector instructions, gcc loops over them.
#define UMBER_FOR_EACH_LANE _Pragma("clang loop unroll(full)") for
/// The square root of a float or double: unlike sqrt it never sets errno, so it is one instruction under any flags.
#define UMBER_SQRT(a) __builtin_elementwise_sqrt(a)
#else
#define UMBER_FOR_EACH_LANE for
#define UMBER_SQRT(a) (sizeof(a) == 4 ? __builtin_sqrtf(static_cast<float>(a)) : __builtin_sqrt(a))
#endif
