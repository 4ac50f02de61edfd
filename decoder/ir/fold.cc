// One small function per foldable instruction, generated from the semantics; a table finds it.
#include "decoder/ir/fold.h"

#include <bit>
#include <type_traits>

#include "decoder/wasm/semantics/semantics.h"

namespace umber::ir {
namespace {

template <class T>
inline constexpr bool kIsScalar = std::is_same_v<T, uint32_t> || std::is_same_v<T, uint64_t> ||
                                  std::is_same_v<T, float> || std::is_same_v<T, double>;

template <class T>
T from_bits(uint64_t bits) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<T>(static_cast<uint32_t>(bits));
  else
    return std::bit_cast<T>(bits);
}

template <class T>
bool to_bits(T value, uint64_t& bits) {
  if constexpr (std::is_floating_point_v<T>)
    if (sem::is_nan(value)) return false;
  if constexpr (sizeof(T) == 4)
    bits = std::bit_cast<uint32_t>(value);
  else
    bits = std::bit_cast<uint64_t>(value);
  return true;
}

template <class T>
bool to_bits(const sem::Trapping<T>& result, uint64_t& bits) {
  return result.trap == sem::Trap::None && to_bits(result.value, bits);
}

template <class R>
inline constexpr bool kIsScalarResult = kIsScalar<std::remove_cvref_t<decltype(sem::value_of(std::declval<R>()))>>;

using Folder = bool (*)(uint64_t a, uint64_t b, uint64_t& result);

template <wasm::Op op, class R, class A>
constexpr Folder folder_of(R (*)(A)) {
  if constexpr (kIsScalarResult<R> && kIsScalar<A>)
    return [](uint64_t a, uint64_t, uint64_t& result) { return to_bits(sem::apply<op>(from_bits<A>(a)), result); };
  else
    return nullptr;
}
template <wasm::Op op, class R, class A, class B>
constexpr Folder folder_of(R (*)(A, B)) {
  if constexpr (kIsScalarResult<R> && kIsScalar<A> && kIsScalar<B>)
    return [](uint64_t a, uint64_t b, uint64_t& result) {
      return to_bits(sem::apply<op>(from_bits<A>(a), from_bits<B>(b)), result);
    };
  else
    return nullptr;
}
template <wasm::Op op, class... Other>
constexpr Folder folder_of(Other...) {
  return nullptr;
}

constexpr Folder kFolders[] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) \
  folder_of<wasm::Op::id>(sem::kMeaning<wasm::Op::id>),
#include "decoder/wasm/opcodes.def"
#undef OP
};

}  // namespace

bool fold(wasm::Op op, uint64_t a, uint64_t b, uint64_t& result) {
  const Folder folder = kFolders[static_cast<unsigned>(op)];
  return folder != nullptr && folder(a, b, result);
}

}  // namespace umber::ir
