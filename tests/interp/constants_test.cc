// Constants that do not fit the immediate fields of one profile or the other, in every place where an immediate may stand. What
// a comparison takes over and what an address sums up must not depend on it.
#include <gtest/gtest.h>

#include "tests/interp/interp_test.h"
