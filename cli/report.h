// Messages on stderr, all of one form: "umber: <what>: <sentence>".
#pragma once

#include <cstdio>
#include <string_view>

#include "base/error.h"

namespace umber::cli {

inline void report_error(std::string_view what, std::string_view sentence) {
  std::fprintf(stderr, "umber: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(sentence.size()),
               sentence.data());
}

inline void report_error(std::string_view what, const Error& error) {
  const auto message = error.message();
  report_error(what, std::string_view(message.str().data(), message.str().size()));
}

}  // namespace umber::cli
