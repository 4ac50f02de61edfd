// Every host call of modules `umber` and `env` with hostile arguments: pointers at, behind and across the memory's end, lengths that
// wrap, numbers beyond every range, an allocator of the guest's that lies. Whatever comes of it stays the guest's: the sanitizers see
// nothing, the runtime goes on, and all that the guest held is given back. A guard finds calls that this list does not have.
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "tests/container/fixture.h"

namespace umber::container {
namespace {

using Hostile = ContainerTest;

/// Types: i an i32, l an i64, d an f64; the result, if there is one, behind the colon.
struct Call {
  const char* module;
  const char* name;
  const char* type;
};
constexpr Call kCalls[] = {
    {"umber", "events_open", "i:i"},
    {"umber", "timer_start", "ill:i"},
    {"umber", "timer_stop", "i:i"},
    {"umber", "timer_remaining", "ii:i"},
    {"umber", "publish", "iiiiiii:i"},
    {"umber", "request", "iiiiiiii:i"},
    {"umber", "reply", "liiiii:i"},
    {"umber", "subscribe", "ii:i"},
    {"umber", "unsubscribe", "ii:i"},
    {"umber", "gpio_configure", "iii:i"},
    {"umber", "gpio_write", "iii:i"},
    {"umber", "gpio_read", "iii:i"},
    {"umber", "gpio_watch", "iii:i"},
    {"umber", "gpio_find", "iiii:i"},
    {"umber", "sensor_find", "iii:i"},
    {"umber", "sensor_channels", "ii:i"},
    {"umber", "sensor_channel_type", "iii:i"},
    {"umber", "sensor_read", "iii:i"},
    {"wasi_snapshot_preview1", "clock_time_get", "ili:i"},
    {"wasi_snapshot_preview1", "clock_res_get", "ii:i"},
    {"wasi_unstable", "clock_time_get", "ili:i"},
    {"wasi_unstable", "clock_res_get", "ii:i"},
    {"env", "uname", "i:i"},
    {"env", "ocre_sleep", "i:i"},
    {"env", "ocre_get_event", "iiiiii:i"},
    {"env", "ocre_register_dispatcher", "ii:i"},
    {"env", "ocre_msg_system_init", ":"},
    {"env", "ocre_publish_message", "iiii:i"},
    {"env", "ocre_subscribe_message", "i:i"},
    {"env", "ocre_messaging_free_module_event_data", "iii:i"},
    {"env", "ocre_timer_create", "i:i"},
    {"env", "ocre_timer_delete", "i:i"},
    {"env", "ocre_timer_start", "iii:i"},
    {"env", "ocre_timer_stop", "i:i"},
    {"env", "ocre_timer_get_remaining", "i:i"},
    {"env", "ocre_gpio_init", ":i"},
    {"env", "ocre_gpio_configure", "iii:i"},
    {"env", "ocre_gpio_pin_set", "iii:i"},
    {"env", "ocre_gpio_pin_get", "ii:i"},
    {"env", "ocre_gpio_pin_toggle", "ii:i"},
    {"env", "ocre_gpio_register_callback", "ii:i"},
    {"env", "ocre_gpio_unregister_callback", "ii:i"},
    {"env", "ocre_gpio_configure_by_name", "ii:i"},
    {"env", "ocre_gpio_set_by_name", "ii:i"},
    {"env", "ocre_gpio_get_by_name", "i:i"},
    {"env", "ocre_gpio_toggle_by_name", "i:i"},
    {"env", "ocre_gpio_register_callback_by_name", "i:i"},
    {"env", "ocre_gpio_unregister_callback_by_name", "i:i"},
    {"env", "ocre_sensors_init", ":i"},
    {"env", "ocre_sensors_discover", ":i"},
    {"env", "ocre_sensors_open", "i:i"},
    {"env", "ocre_sensors_get_handle", "i:i"},
    {"env", "ocre_sensors_get_channel_count", "i:i"},
    {"env", "ocre_sensors_get_channel_type", "ii:i"},
    {"env", "ocre_sensors_read", "ii:d"},
    {"env", "ocre_sensors_open_by_name", "i:i"},
    {"env", "ocre_sensors_get_handle_by_name", "i:i"},
    {"env", "ocre_sensors_get_channel_count_by_name", "i:i"},
    {"env", "ocre_sensors_get_channel_type_by_name", "ii:i"},
    {"env", "ocre_sensors_read_by_name", "ii:d"},
};

const char* wasm_type(char type) { return type == 'i' ? " i32" : type == 'l' ? " i64" : " f64"; }

/// Calls `call` 400 times with arguments from a table of bad ones (three in four) or any; subscribed, so that messages come.
std::string attack(const Call& call, uint32_t seed) {
  const std::string type = call.type;
  const size_t colon = type.find(':');
  std::string params, arguments;
  for (const char each : type.substr(0, colon)) {
    params += std::string(" (param") + wasm_type(each) + ")";
    arguments += each == 'i' ? " (call $next)" : " (i64.mul (i64.extend_i32_s (call $next)) (i64.const 0x100000001))";
  }
  const bool has_result = colon + 1 < type.size();
  const std::string result = has_result ? std::string(" (result") + wasm_type(type[colon + 1]) + ")" : "";
  const bool subscribes = std::string_view(call.module) != "umber" || std::string_view(call.name) != "subscribe";
  std::string source = std::string("(module (import \"") + call.module + "\" \"" + call.name + "\" (func $f" + params + result + "))";
  if (subscribes) source += R"((import "umber" "subscribe" (func $listen (param i32 i32) (result i32))))";
  source += R"((memory (export "memory") 2)
    (data (i32.const 1024) "topic/a\00") (data (i32.const 1056) "text/plain\00") (data (i32.const 1088) "thermometer\00")
    (data (i32.const 1120) "led3\00") (data (i32.const 1152) "#") (data (i32.const 131068) "abcd")
    (data (i32.const 256) "\00\00\00\00\01\00\00\00\ff\ff\ff\ff\fc\ff\ff\ff\00\00\02\00\fc\ff\01\00\ff\ff\01\00\00\00\01\00")
    (data (i32.const 288) "\ff\ff\ff\7f\00\00\00\80\00\04\00\00\20\04\00\00\40\04\00\00\60\04\00\00\04\00\00\00\10\00\00\00")
    (global $x (mut i32) (i32.const )" + std::to_string(seed) + R"())
    (func $next (result i32)
      (global.set $x (i32.add (i32.mul (global.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (if (result i32) (i32.lt_u (i32.shr_u (global.get $x) (i32.const 28)) (i32.const 12))
        (then (i32.load (i32.add (i32.const 256) (i32.and (i32.shr_u (global.get $x) (i32.const 18)) (i32.const 60)))))
        (else (global.get $x))))
    (func (export "dispatch") (param i32)) )";
  if (seed % 2 == 1) source += R"((func (export "malloc") (param i32) (result i32) (call $next)) (func (export "free") (param i32)))";
  source += R"((func (export "_start") (local $i i32) )";
  if (subscribes) source += "(drop (call $listen (i32.const 1152) (i32.const 1)))";
  const std::string call_it = "(call $f" + arguments + ")";
  source += "(loop $l " + (has_result ? "(drop " + call_it + ")" : call_it) + R"(
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 400)))))))";
  return source;
}

TEST_F(Hostile, NoCallLeavesTheSandboxOrTheRuntimeBroken) {
  TestConfig setup;
  setup.grants = {"publish:#", "subscribe:#", "timers", "gpio:*/*", "sensor:*", "clock"};
  setup.limits.run_time_ns = 50 * kMs;  // some sleep
  for (const Call& call : kCalls) {
    for (uint32_t seed = 1; seed <= 4; ++seed) {
      const Handle handle = start(attack(call, seed), setup);
      for (int i = 0; i < 4; ++i) (void)runtime->publish("topic/a", "text/plain", "payload");
      const ExitRecord end = end_of(handle);
      const bool is_fine = end.is_success() || (end.kind == ExitKind::Trapped && (end.trap == TrapKind::MemoryOutOfBounds || end.trap == TrapKind::DeadlineExceeded));
      EXPECT_TRUE(is_fine) << call.module << "." << call.name << " seed " << seed << ": " << end.message.c_str();
      must(runtime->remove(handle));
    }
  }
  EXPECT_EQ(runtime->bus().subscription_count(), 0u);
  EXPECT_TRUE(run(R"((module (func (export "_start"))))").is_success());
}

TEST_F(Hostile, TheListHasEveryCall) {
  std::set<std::string> listed, defined;
  for (const Call& call : kCalls) listed.insert(std::string(call.module) + "." + call.name);
  const auto read = [&](const char* path, const char* pattern, const char* module) {
    std::ifstream file(std::string(UMBER_SOURCE_DIR) + path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::regex row(pattern);
    for (std::sregex_iterator each(text.begin(), text.end(), row), end; each != end; ++each)
      defined.insert(module != nullptr ? std::string(module) + "." + (*each)[1].str() : (*each)[1].str() + "." + (*each)[2].str());
  };
  read("/container/guest_api.cc", R"re(\{"(\w+)", "(\w+)", make<)re", nullptr);
  read("/container/ocre.cc", R"re(\{"(\w+)", make<)re", "env");
  EXPECT_GT(defined.size(), 50u);
  EXPECT_EQ(listed, defined);
}

}  // namespace
}  // namespace umber::container
