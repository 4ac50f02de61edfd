#include "spec-tests/suite.h"

#include <algorithm>
#include <filesystem>

namespace umber::spectest {
namespace {

namespace fs = std::filesystem;
using wasm::Feature;
using wasm::Features;

struct Folder {
  std::string_view name;
  Features features;
  std::string_view skip_reason = {};
};
/// The threads proposal forked from the specification before there were several tables, memories or 64-bit limits, and its
/// scripts assert that.
constexpr Features kThreads = Features::mvp()
                                  .with(Feature::SignExtension)
                                  .with(Feature::SaturatingConversion)
                                  .with(Feature::MultiValue)
                                  .with(Feature::BulkMemory)
                                  .with(Feature::Threads);
const Folder kFolders[] = {
    {"/legacy/", Features::wasm3().with(Feature::LegacyExceptions)},
    {"/proposals/threads/", kThreads},
    {"/proposals/custom-page-sizes/", Features::wasm3().with(Feature::CustomPageSizes)},
    {"/proposals/wide-arithmetic/", Features::wasm3().with(Feature::WideArithmetic)},
    {"/proposals/custom-descriptors/", Features::wasm3(), "proposal custom-descriptors is not supported"},
};

void add_folder(const fs::path& folder, std::vector<SuiteFile>& out) {
  std::vector<std::string> paths;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".wast") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  for (std::string& path : paths) out.push_back(classify(std::move(path)));
}

}  // namespace

SuiteFile classify(std::string path) {
  SuiteFile file{std::move(path), Features::wasm3(), {}};
  for (const Folder& folder : kFolders) {
    if (fs::absolute(file.path).string().find(folder.name) == std::string::npos) continue;
    file.features = folder.features;
    file.skip_reason = folder.skip_reason;
  }
  return file;
}

bool find_files(const std::vector<std::string>& paths, std::vector<SuiteFile>& out, std::string& error) {
  for (const std::string& path : paths) {
    if (fs::is_directory(path)) {
      add_folder(path, out);
    } else if (fs::exists(path)) {
      out.push_back(classify(path));
    } else {
      error = path;
      return false;
    }
  }
  return true;
}

bool change_features(std::string_view list, Features& features, std::string& error) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const bool removes = name.starts_with('-');
    if (removes) name.remove_prefix(1);
    Feature feature{};
    if (!wasm::feature_of(name, feature)) {
      error = name;
      return false;
    }
    features = removes ? features.without(feature) : features.with(feature);
  }
  return true;
}

}  // namespace umber::spectest
