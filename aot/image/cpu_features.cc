#include "aot/image/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#endif

namespace umber::aot {
namespace {

#define UMBER_X86_FEATURE(name, ...) name,
constexpr StringRef kX86Names[] = {
#include "aot/image/cpu_features.def"
};
#define UMBER_AARCH64_FEATURE(name, ...) name,
constexpr StringRef kAArch64Names[] = {
#include "aot/image/cpu_features.def"
};
#define UMBER_ARM_FEATURE(name, ...) name,
constexpr StringRef kArmNames[] = {
#include "aot/image/cpu_features.def"
};
#define UMBER_RISCV_FEATURE(name, ...) name,
constexpr StringRef kRiscVNames[] = {
#include "aot/image/cpu_features.def"
};
static_assert(std::size(kX86Names) <= 64 && std::size(kAArch64Names) <= 64 && std::size(kArmNames) <= 64 && std::size(kRiscVNames) <= 64);

/// Sets the bits one after the other.
class FeatureBits {
 public:
  void add(bool has) {
    bits_ |= uint64_t{has} << next_;
    ++next_;
  }
  [[nodiscard]] uint64_t bits() const { return bits_; }

 private:
  uint64_t bits_ = 0;
  unsigned next_ = 0;
};

}  // namespace

std::span<const StringRef> cpu_feature_names(Machine machine) {
  switch (machine) {
    case Machine::X86_64: return kX86Names;
    case Machine::AArch64: return kAArch64Names;
    case Machine::Arm: return kArmNames;
    case Machine::RiscV: return kRiscVNames;
  }
  return {};
}

#if defined(__x86_64__)

namespace {

enum Register : uint8_t { Eax, Ebx, Ecx, Edx };
/// Bits of XCR0: registers that the operating system saves.
enum SavedState : uint32_t { Avx = 0x06, Avx512 = 0xe6 };

bool has_bit(uint32_t leaf, Register reg, unsigned bit) {
  uint32_t registers[4] = {};
  if (__get_cpuid_count(leaf, 0, &registers[Eax], &registers[Ebx], &registers[Ecx], &registers[Edx]) == 0) return false;
  return (registers[reg] >> bit & 1) != 0;
}

uint32_t saved_state() {
  constexpr unsigned kOsXsave = 27;
  if (!has_bit(1, Ecx, kOsXsave)) return 0;
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

uint64_t this_cpu_features() {
  FeatureBits features;
  const uint32_t saved = saved_state();
#define UMBER_X86_FEATURE(name, leaf, reg, bit, state) features.add(has_bit(leaf, reg, bit) && (saved & (state)) == (state));
#include "aot/image/cpu_features.def"
  return features.bits();
}

#elif defined(__aarch64__)

uint64_t this_cpu_features() {
  FeatureBits features;
#define UMBER_AARCH64_FEATURE(name, word, bit) features.add((getauxval((word) == 1 ? AT_HWCAP : AT_HWCAP2) >> (bit) & 1) != 0);
#include "aot/image/cpu_features.def"
  return features.bits();
}

#else

namespace {

/// The value of a predefined macro from its expansion as text: 0 if it is not defined (it expands to its own name), 1 if empty.
consteval uint64_t value_of_macro(const char* expansion) {
  if (*expansion == '_') return 0;
  if (*expansion == 0) return 1;
  const bool is_hex = expansion[0] == '0' && expansion[1] == 'x';
  uint64_t value = 0;
  for (const char* at = expansion + (is_hex ? 2 : 0); *at != 0; ++at) {
    const int digit = *at >= '0' && *at <= '9' ? *at - '0' : *at >= 'A' && *at <= 'F' ? *at - 'A' + 10 : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10 : -1;
    if (digit < 0) break;  // a suffix
    value = value * (is_hex ? 16 : 10) + static_cast<uint64_t>(digit);
  }
  return value;
}

#define UMBER_TEXT(x) #x
#define UMBER_MACRO(name) value_of_macro(UMBER_TEXT(name))

}  // namespace

uint64_t this_cpu_features() {
  FeatureBits features;
#if defined(__riscv)
#define UMBER_RISCV_FEATURE(name, has) features.add(has);
#else
#define UMBER_ARM_FEATURE(name, has) features.add(has);
#endif
#include "aot/image/cpu_features.def"
  return features.bits();
}

#endif

}  // namespace umber::aot
