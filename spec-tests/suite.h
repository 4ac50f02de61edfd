// Which files belong to a run, and which features each folder of the official suite is written for.
#pragma once

#include <string>
#include <vector>

#include "decoder/wasm/features.h"

namespace umber::spectest {

struct SuiteFile {
  std::string path;
  wasm::Features features;
  std::string skip_reason;  ///< not empty: the file is not for us
};

/// Files as they are, folders recursively: every .wast file, sorted. False, with the path in `error`, for one that does not
/// exist.
[[nodiscard]] bool find_files(const std::vector<std::string>& paths, std::vector<SuiteFile>& out, std::string& error);

/// The features of the folder that a file lies in.
[[nodiscard]] SuiteFile classify(std::string path);

/// "threads,-simd": adds and takes away. False, with the unknown name in `error`.
[[nodiscard]] bool change_features(std::string_view list, wasm::Features& features, std::string& error);

}  // namespace umber::spectest
