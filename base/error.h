// Errors are values: a code for programs, an offset into the input, and a sentence for people.
// Result<T> is either a T or an Error and cannot be ignored. Nothing in the core throws.
#pragma once

#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "base/format.h"

namespace umber {

enum class ErrorCode : uint8_t {
  Malformed,     ///< the bytes or text do not follow the grammar
  Invalid,       ///< well-formed, but validation fails
  Unsupported,   ///< valid, but this build or configuration does not run it
  LimitReached,  ///< an implementation or configured limit
  OutOfMemory,   ///< an allocation failed
  Unlinkable,    ///< an import does not resolve or does not match
  Trap,          ///< execution trapped while instantiating or running
  InvalidArgument,
  NotFound,
  Denied,  ///< no permission covers it
  Io,
};

/// What went wrong. `offset` is the byte offset in the input (kNoOffset if there is none); the text is one sentence
/// without the offset. Copyable, no allocation.
class [[nodiscard]] Error {
 public:
  static constexpr uint64_t kNoOffset = ~uint64_t{0};
  using Text = FixedText<240>;

  Error() = default;
  Error(ErrorCode code, uint64_t offset) : code_(code), offset_(offset) {}

  template <class... Parts>
  static Error at(ErrorCode code, uint64_t offset, const Parts&... parts) {
    Error error(code, offset);
    error.text_.add(parts...);
    return error;
  }
  template <class... Parts>
  static Error of(ErrorCode code, const Parts&... parts) {
    return at(code, kNoOffset, parts...);
  }
  static Error out_of_memory(StringRef what);

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] uint64_t offset() const { return offset_; }
  [[nodiscard]] StringRef text() const { return text_.str(); }
  /// "0x1a: func 3 "parse": …", or only the sentence where there is no offset.
  [[nodiscard]] FixedText<272> message() const {
    FixedText<272> out;
    if (offset_ != kNoOffset) out.add(Hex{offset_}, ": ");
    out.add(text_.str());
    return out;
  }

 private:
  ErrorCode code_ = ErrorCode::Malformed;
  uint64_t offset_ = kNoOffset;
  Text text_;
};

/// Either a value or an Error. Access to the wrong one is a programming error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : ok_(true) { new (&value_) T(std::move(value)); }
  Result(const Error& error) : ok_(false) { new (&error_) Error(error); }
  Result(Result&& other) noexcept : ok_(other.ok_) {
    if (ok_)
      new (&value_) T(std::move(other.value_));
    else
      new (&error_) Error(other.error_);
  }
  Result& operator=(Result&&) = delete;
  ~Result() {
    if (ok_) value_.~T();
  }

  [[nodiscard]] bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  T& value() & { return value_; }
  const T& value() const& { return value_; }
  T&& value() && { return std::move(value_); }
  T& operator*() { return value_; }
  T* operator->() { return &value_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  bool ok_;
  union {
    T value_;
    Error error_;
  };
};

/// Success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(const Error& error) : ok_(false), error_(error) {}
  [[nodiscard]] bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  bool ok_ = true;
  Error error_;
};

using Status = Result<void>;

}  // namespace umber

/// Returns the error of a Status or Result expression from the enclosing function.
#define UMBER_TRY(expression)                                       \
  do {                                                              \
    auto umber_status = (expression);                               \
    if (!umber_status.ok()) [[unlikely]] return umber_status.error(); \
  } while (0)
