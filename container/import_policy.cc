#include "container/import_policy.h"

namespace umber::container {

namespace {

struct PolicyRow {
  StringRef module;  ///< "wasi": both snapshots
  StringRef prefix;  ///< of the import's name
  uint32_t kinds;    ///< of grants, any of them
};

template <class... Kinds>
constexpr uint32_t any_of(Kinds... kinds) {
  return ((1u << static_cast<uint32_t>(kinds)) | ...);
}
bool is_in(uint32_t kinds, size_t kind) { return (kinds >> kind & 1) != 0; }

using enum GrantKind;

/// The first row that fits counts.
constexpr PolicyRow kPolicy[] = {
    {"wasi", "path_", any_of(Directory, Volume)},
    {"wasi", "sock_", any_of(Listen, Connect, Network)},
    {"wasi", "clock_", any_of(Clock)},
    {"wasi", "random_", any_of(Random)},
    {"env", "ocre_timer_", any_of(Timers)},
    {"env", "ocre_publish_", any_of(Publish)},
    {"env", "ocre_subscribe_", any_of(Subscribe)},
    {"env", "ocre_gpio_", any_of(Gpio)},
    {"env", "ocre_sensors_", any_of(Sensor)},
    {"umber", "timer_", any_of(Timers)},
    {"umber", "publish", any_of(Publish)},
    {"umber", "request", any_of(Publish)},
    {"umber", "subscribe", any_of(Subscribe)},
    {"umber", "unsubscribe", any_of(Subscribe)},
    {"umber", "reply", any_of(Subscribe)},
    {"umber", "gpio_", any_of(Gpio)},
    {"umber", "sensor_", any_of(Sensor)},
};

bool same_module(StringRef row, StringRef module) {
  if (row == "wasi") return module == "wasi_snapshot_preview1" || module == "wasi_unstable";
  return row == module;
}

}  // namespace

bool need_of_import(StringRef module, StringRef name, ImportNeed& out) {
  for (const PolicyRow& row : kPolicy) {
    if (!same_module(row.module, module) || !name.starts_with(row.prefix)) continue;
    out = {row.kinds};
    return true;
  }
  return false;
}

Error::Text text_of(const ImportNeed& need) {
  Error::Text text;
  for (size_t kind = 0; kind < kGrantKinds; ++kind)
    if (is_in(need.kinds, kind)) text.add(text.empty() ? "" : " or ", usage_of(static_cast<GrantKind>(kind)));
  return text;
}

bool is_granted(const ImportNeed& need, const OwnedConfig& config) {
  if (is_in(need.kinds, static_cast<size_t>(GrantKind::Directory)) && !config.blobs().empty()) return true;
  for (size_t kind = 0; kind < kGrantKinds; ++kind)
    if (is_in(need.kinds, kind) && config.grants().has(static_cast<GrantKind>(kind))) return true;
  return false;
}

Status check_imports(const wasm::Module& module, const OwnedConfig& config) {
  for (const wasm::Import& import : module.imports) {
    ImportNeed need;
    if (!need_of_import(import.module, import.name, need)) continue;
    if (is_granted(need, config)) continue;
    return Error::of(ErrorCode::Denied, "import ", Quoted{import.module}, " ", Quoted{import.name},
                     " is not granted; it needs ", text_of(need).str());
  }
  return {};
}

}  // namespace umber::container
