// Random programs run the same however they are encoded: with registers and fusion, or with everything in slots; in guarded and in
// checked memories; whole, or paused at every possible place. UMBER_RANDOM_PROGRAMS=N runs N programs, UMBER_RANDOM_SEED=S from seed S.
#include <cstdlib>

#include "tests/interp/outcome.h"
#include "tests/interp/random_program.h"
#include "tests/interp/random_vectors.h"

namespace umber::test {
namespace {

/// Programs of one kind, in every mode.
template <class Program>
void compare_modes(uint64_t count) {
  count = number_from("UMBER_RANDOM_PROGRAMS", count);
  const uint64_t first = number_from("UMBER_RANDOM_SEED", 1);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const std::string source = Program(seed).make();
    const TextModule module(source);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed << "\n" << source;
      return;
    }
    const Outcome expected = run(module, {BoundsMode::Checked, false, false}, false);
    for (const Mode& mode : kModes) EXPECT_EQ(run(module, mode, false), expected) << "seed " << seed << ' ' << name_of(mode);
    if (expected.fuel < 20'000) {
      EXPECT_EQ(run(module, {BoundsMode::Guarded, true, false}, true), expected) << "seed " << seed << " paused";
    }
    if (::testing::Test::HasFailure()) {
      if (std::getenv("UMBER_RANDOM_SEED") != nullptr) std::fputs(source.c_str(), stderr);
      return;
    }
  }
}

TEST(RandomPrograms, RunTheSameInEveryMode) { compare_modes<RandomProgram>(150); }
TEST(RandomPrograms, WithVectorsRunTheSameInEveryMode) { compare_modes<RandomVectors>(300); }

}  // namespace
}  // namespace umber::test
