// Where listings go. The core has no streams and no strings of its own: the embedder supplies a TextOutput (a file, a
// string, a serial line), and TextWriter formats into it piece by piece, without a limit on the length of a line.
#pragma once

#include <cstdint>

#include "base/format.h"
#include "base/string_ref.h"

namespace umber {

/// Receives text in order. A failure (a full disk) is the implementation's to remember.
class TextOutput {
 public:
  virtual void write(StringRef text) = 0;

 protected:
  ~TextOutput() = default;
};

/// Formats parts as FixedText does and keeps track of the column. Not thread-safe.
class TextWriter {
 public:
  explicit TextWriter(TextOutput& output) : output_(output) {}
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  template <class... Parts>
  TextWriter& add(const Parts&... parts) {
    (put(parts), ...);
    return *this;
  }
  void newline() {
    output_.write("\n");
    column_ = 0;
  }
  /// Fills with spaces up to a column, at least one.
  void pad_to(size_t column) {
    do put(" ");
    while (column_ < column);
  }
  /// A number right-aligned in `width` columns.
  void add_aligned(uint64_t value, size_t width) {
    FixedText<24> digits;
    digits.add(value);
    for (size_t i = digits.str().size(); i < width; ++i) put(" ");
    put(digits.str());
  }

 private:
  void put(StringRef text) {
    output_.write(text);
    column_ += text.size();
  }
  void put(const char* text) { put(StringRef(text)); }
  void put(Quoted quoted) {
    put("\"");
    for (size_t i = 0; i < quoted.text.size(); ++i) {
      FixedText<8> escaped;
      escaped.add(Quoted{quoted.text.substr(i, 1)});
      put(escaped.str().substr(1, escaped.str().size() - 2));
    }
    put("\"");
  }
  template <size_t Capacity>
  void put(const FixedText<Capacity>& text) {
    put(text.str());
  }
  template <class T>
  void put(const T& value) {
    FixedText<32> text;
    text.add(value);
    put(text.str());
  }

  TextOutput& output_;
  size_t column_ = 0;
};

}  // namespace umber
