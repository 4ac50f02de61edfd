#include "container/import_policy.h"

namespace umber::container {

namespace {

struct PolicyRow {
  StringRef module;  ///< "wasi": both snapshots
  StringRef prefix;  ///< of the import's name
  GrantKind first;
  GrantKind second;
};

using enum GrantKind;

/// The first row that fits counts.
constexpr PolicyRow kPolicy[] = {
    {"wasi", "path_", Directory, Volume},
    {"wasi", "sock_", Listen, Connect},
    {"wasi", "clock_", Clock, Clock},
    {"wasi", "random_", Random, Random},
    {"env", "ocre_timer_", Timers, Timers},
    {"env", "ocre_publish_", Publish, Publish},
    {"env", "ocre_subscribe_", Subscribe, Subscribe},
    {"env", "ocre_gpio_", Gpio, Gpio},
    {"env", "ocre_sensors_", Sensor, Sensor},
    {"umber", "timer_", Timers, Timers},
    {"umber", "publish", Publish, Publish},
    {"umber", "request", Publish, Publish},
    {"umber", "subscribe", Subscribe, Subscribe},
    {"umber", "unsubscribe", Subscribe, Subscribe},
    {"umber", "reply", Subscribe, Subscribe},
    {"umber", "gpio_", Gpio, Gpio},
    {"umber", "sensor_", Sensor, Sensor},
};

bool same_module(StringRef row, StringRef module) {
  if (row == "wasi") return module == "wasi_snapshot_preview1" || module == "wasi_unstable";
  return row == module;
}

}  // namespace

bool need_of_import(StringRef module, StringRef name, ImportNeed& out) {
  for (const PolicyRow& row : kPolicy) {
    if (!same_module(row.module, module) || !name.starts_with(row.prefix)) continue;
    out = {row.first, row.second};
    return true;
  }
  return false;
}

Error::Text text_of(const ImportNeed& need) {
  Error::Text text;
  text.add(usage_of(need.first));
  if (need.second != need.first) text.add(" or ", usage_of(need.second));
  return text;
}

Status check_imports(const wasm::Module& module, const GrantSet& grants) {
  for (const wasm::Import& import : module.imports) {
    ImportNeed need;
    if (!need_of_import(import.module, import.name, need)) continue;
    if (is_granted(need, grants)) continue;
    return Error::of(ErrorCode::Denied, "import ", Quoted{import.module}, " ", Quoted{import.name},
                     " is not granted; it needs ", text_of(need).str());
  }
  return {};
}

}  // namespace umber::container
