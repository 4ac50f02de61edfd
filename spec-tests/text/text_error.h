// Errors of the text front end: a place in the source and a sentence in the words of the official test suite, which
// compares them. TextResult carries either a value or such an error; like Result it cannot be ignored, and nothing throws.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace umber::text {

/// A place in the source. Both numbers start at 1; the column counts bytes.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};

struct TextError {
  uint32_t line = 1;
  uint32_t column = 1;
  std::string message;

  TextError() = default;
  TextError(Position position, std::string text) : line(position.line), column(position.column), message(std::move(text)) {}
  /// "12:7: unknown operator i32.ad"
  [[nodiscard]] std::string to_string() const {
    return std::to_string(line) + ":" + std::to_string(column) + ": " + message;
  }
};

/// Either a value or a TextError. Access to the wrong one is a programming error.
template <class T>
class [[nodiscard]] TextResult {
 public:
  TextResult(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  TextResult(TextError error) : content_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return *std::get_if<0>(&content_); }
  const T& value() const& { return *std::get_if<0>(&content_); }
  T&& value() && { return std::move(*std::get_if<0>(&content_)); }
  T& operator*() { return value(); }
  T* operator->() { return &value(); }
  [[nodiscard]] const TextError& error() const { return *std::get_if<1>(&content_); }

 private:
  std::variant<T, TextError> content_;
};

}  // namespace umber::text
