#include "cli/features_option.h"

#include "cli/command.h"
#include "cli/report.h"

namespace umber::cli {
namespace {

bool apply_feature(StringRef value, wasm::Features& features) {
  if (value == StringRef("all")) {
    features = wasm::Features::all();
  } else if (value == StringRef("wasm3")) {
    features = wasm::Features::wasm3();
  } else if (value == StringRef("wasm2")) {
    features = wasm::Features::wasm2();
  } else if (value == StringRef("mvp")) {
    features = wasm::Features::mvp();
  } else {
    const bool off = value.starts_with("-");
    wasm::Feature feature{};
    if (!wasm::feature_of(value.substr(off ? 1 : 0), feature)) return false;
    features = off ? features.without(feature) : features.with(feature);
  }
  return true;
}

std::string known_features() {
  std::string text = "all, wasm3, wasm2, mvp";
  for (unsigned i = 0; i < wasm::kFeatureCount; ++i) {
    const StringRef name = wasm::name_of(static_cast<wasm::Feature>(i));
    text += ", ";
    text.append(name.data(), name.size());
  }
  return text;
}

}  // namespace

bool parse_features(const std::vector<std::string>& values, wasm::Features& features) {
  features = wasm::Features::all();
  for (const std::string& value : values) {
    if (apply_feature(value, features)) continue;
    report_error("--wasm " + value, "unknown feature; known are " + known_features() + " (a leading - switches one off)");
    return false;
  }
  return true;
}

void add_feature_option(CLI::App& command, std::vector<std::string>& values) {
  command
      .add_option("-W,--wasm", values,
                  "Switch a WebAssembly feature on, or off with a leading '-'; or choose a set: mvp, wasm2, wasm3, all (default)")
      ->type_name("FEATURE")
      ->allow_extra_args(false)
      ->take_all();
}

}  // namespace umber::cli
