// Permissions at link time, and the guest interfaces: events, timers, messages, pins, sensors; module `umber` and the Ocre SDK's.
#include "tests/container/fixture.h"

namespace umber::container {
namespace {

using Guests = ContainerTest;

/// A module whose _start is `body`, with the imports that the tests use.
std::string guest(const std::string& imports, const std::string& body) {
  return "(module " + imports + R"((memory (export "memory") 1)
    (data (i32.const 1024) "topic/a\00") (data (i32.const 1056) "text/plain\00") (data (i32.const 1088) "payload\00")
    (data (i32.const 1120) "thermometer\00") (data (i32.const 1152) "led3\00") (data (i32.const 1184) "topic/\00")
    (func $check (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then (call $exit (local.get 0)))))
    (func (export "dispatch") (param i32))
    (func (export "_start") )" + body + "))";
}

const std::string kExit = R"((import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))))";

std::string import(const std::string& module, const std::string& name, const std::string& type) {
  return "(import \"" + module + "\" \"" + name + "\" (func $" + name + " " + type + "))";
}

TEST_F(Guests, UngrantedImportsDoNotResolveAndTheMessageSaysWhatWould) {
  struct Case {
    const char* module;
    const char* name;
    const char* grant;
  };
  for (const Case& each : {Case{"wasi_snapshot_preview1", "path_open", "dir:HOST:GUEST[:ro|rw] or volume:NAME:GUEST[:ro|rw]"},
                           Case{"wasi_snapshot_preview1", "sock_accept", "listen:tcp:ADDRESS:PORT or connect:tcp:ADDRESS:PORT or net:[connect:|listen:]HOST:PORT"},
                           Case{"wasi_unstable", "clock_time_get", "clock[:realtime|monotonic|cpu]"},
                           Case{"wasi_snapshot_preview1", "random_get", "random"},
                           Case{"env", "ocre_timer_create", "timers[:COUNT]"},
                           Case{"env", "ocre_publish_message", "publish:PATTERN"},
                           Case{"env", "ocre_subscribe_message", "subscribe:PATTERN"},
                           Case{"env", "ocre_gpio_pin_set", "gpio:PORT/PIN[:in|out|inout]"},
                           Case{"env", "ocre_sensors_read", "sensor:NAME"},
                           Case{"umber", "publish", "publish:PATTERN"}}) {
    const ExitRecord record = run("(module " + import(each.module, each.name, "") + R"((func (export "_start"))))");
    EXPECT_EQ(record.kind, ExitKind::Refused);
    EXPECT_EQ(std::string(record.message.c_str()), std::string("import \"") + each.module + "\" \"" + each.name +
                                                       "\" is not granted; it needs " + each.grant);
  }
  const ExitRecord unknown = run(R"((module (import "env" "nonsense" (func)) (func (export "_start"))))");
  EXPECT_EQ(unknown.kind, ExitKind::Refused);
}

TEST_F(Guests, OcreTimersAreTheContainersOwn) {
  // Create, busy, start, wait for the event, remaining, delete; the same ids in two containers.
  const std::string source = guest(
      kExit + import("env", "ocre_timer_create", "(param i32) (result i32)") +
          import("env", "ocre_timer_start", "(param i32 i32 i32) (result i32)") +
          import("env", "ocre_timer_stop", "(param i32) (result i32)") +
          import("env", "ocre_timer_delete", "(param i32) (result i32)") +
          import("env", "ocre_timer_get_remaining", "(param i32) (result i32)") +
          import("env", "ocre_sleep", "(param i32) (result i32)") +
          import("env", "ocre_register_dispatcher", "(param i32 i32) (result i32)") +
          import("env", "ocre_get_event", "(param i32 i32 i32 i32 i32 i32) (result i32)"),
      R"((call $check (call $ocre_timer_create (i32.const 0)) (i32.const -1))
         (call $check (call $ocre_timer_create (i32.const 17)) (i32.const -1))
         (call $check (call $ocre_timer_create (i32.const 1)) (i32.const 0))
         (call $check (call $ocre_timer_create (i32.const 1)) (i32.const -4))
         (call $check (call $ocre_timer_start (i32.const 2) (i32.const 5) (i32.const 0)) (i32.const -1))
         (call $check (call $ocre_timer_start (i32.const 1) (i32.const 0) (i32.const 0)) (i32.const -1))
         (call $check (call $ocre_timer_start (i32.const 1) (i32.const 100000) (i32.const 0)) (i32.const 0))
         (if (i32.lt_s (call $ocre_timer_get_remaining (i32.const 1)) (i32.const 90000)) (then (call $exit (i32.const 50))))
         (call $check (call $ocre_timer_stop (i32.const 1)) (i32.const 0))
         (call $check (call $ocre_timer_get_remaining (i32.const 1)) (i32.const 0))
         (call $check (call $ocre_get_event (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)) (i32.const -3))
         (call $check (call $ocre_timer_start (i32.const 1) (i32.const 5) (i32.const 1)) (i32.const 0))
         (call $check (call $ocre_sleep (i32.const 12)) (i32.const 0))
         (i32.store (i32.const 0) (i32.const 9))
         (call $check (call $ocre_get_event (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)) (i32.const 0))
         (call $check (i32.load (i32.const 0)) (i32.const 0))
         (call $check (i32.load (i32.const 4)) (i32.const 1))
         (call $check (call $ocre_get_event (i32.const 65534) (i32.const 4) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)) (i32.const -1))
         (call $check (call $ocre_timer_delete (i32.const 1)) (i32.const 0))
         (call $check (call $ocre_timer_delete (i32.const 1)) (i32.const -1))
         (call $check (call $ocre_sleep (i32.const -1)) (i32.const -1))
         (call $check (call $ocre_register_dispatcher (i32.const 0) (i32.const 1088)) (i32.const -1))
         (call $check (call $ocre_register_dispatcher (i32.const 4) (i32.const 1088)) (i32.const -1)))");
  TestConfig setup;
  setup.grants = {"timers"};
  const Handle image_handle = image(source);
  const Handle a = create(image_handle, setup), b = create(image_handle, setup);
  must(runtime->start(a));
  must(runtime->start(b));
  for (const Handle each : {a, b}) EXPECT_TRUE(end_of(each).is_success()) << end_of(each).code << end_of(each).message.c_str();
}

const std::string kReceive = kExit + import("env", "ocre_subscribe_message", "(param i32) (result i32)") +
                             import("env", "ocre_messaging_free_module_event_data", "(param i32 i32 i32) (result i32)") +
                             import("env", "ocre_sleep", "(param i32) (result i32)") +
                             import("env", "ocre_get_event", "(param i32 i32 i32 i32 i32 i32) (result i32)") +
                             import("wasi_snapshot_preview1", "fd_write", "(param i32 i32 i32 i32) (result i32)");
/// Subscribes to "topic/", waits for one message, prints its payload, and ends.
const std::string kReceiveBody = R"(
  (call $check (call $ocre_subscribe_message (i32.const 1184)) (i32.const 0))
  (loop $again
    (drop (call $ocre_sleep (i32.const 1)))
    (br_if $again (i32.ne (i32.const 0) (call $ocre_get_event (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)))))
  (call $check (i32.load (i32.const 0)) (i32.const 3))
  (i32.store (i32.const 32) (i32.load (i32.const 16)))
  (i32.store (i32.const 36) (i32.load (i32.const 20)))
  (drop (call $fd_write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)))
  (call $check (i32.load8_u (i32.load (i32.const 8))) (i32.const 116))
  (call $check (call $ocre_messaging_free_module_event_data (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.load (i32.const 16))) (i32.const 0))
  (call $check (call $ocre_messaging_free_module_event_data (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.load (i32.const 16))) (i32.const -1)))";

TEST_F(Guests, OcreMessagesReachGrantedSubscribers) {
  Output output;
  TestConfig receiver;
  receiver.grants = {"subscribe:topic/#"};
  receiver.output = &output;
  const Handle listening = start(guest(kReceive, kReceiveBody), receiver);
  ASSERT_TRUE(eventually([&] { return runtime->bus().subscription_count() == 1; }));
  const std::string send =
      guest(kExit + import("env", "ocre_publish_message", "(param i32 i32 i32 i32) (result i32)"),
            R"((call $exit (call $ocre_publish_message (i32.const 1024) (i32.const 1056) (i32.const 1088) (i32.const 7))))");
  TestConfig publisher;
  publisher.grants = {"publish:other"};  // linked, but not for this topic
  EXPECT_EQ(run(send, publisher).code, -1);
  publisher.grants = {"publish:topic/+"};
  EXPECT_EQ(run(send, publisher).code, 0);
  EXPECT_TRUE(end_of(listening).is_success()) << end_of(listening).code;
  EXPECT_EQ(output.get(), "payload");
  EXPECT_EQ(run(send, publisher).code, -3);  // nobody listens any more
  EXPECT_EQ(runtime->bus().subscription_count(), 0u);
}

TEST_F(Guests, MessagesUseTheGuestsMallocWhenItHasOne) {
  Output output;
  TestConfig receiver;
  receiver.grants = {"subscribe:#"};
  receiver.output = &output;
  const std::string with_malloc =
      kReceive + R"((global $next (mut i32) (i32.const 4096)) (global $freed (mut i32) (i32.const 0))
        (func (export "malloc") (param i32) (result i32) (global.get $next)
          (global.set $next (i32.add (global.get $next) (local.get 0))))
        (func (export "free") (param i32) (global.set $freed (i32.add (global.get $freed) (i32.const 1)))))";
  const Handle listening =
      start(guest(with_malloc, kReceiveBody + "(call $check (global.get $freed) (i32.const 3)) (call $check (i32.ge_u (global.get $next) (i32.const 4120)) (i32.const 1))"), receiver);
  ASSERT_TRUE(eventually([&] { return runtime->bus().subscription_count() == 1; }));
  EXPECT_EQ(runtime->publish("topic/x", "text/plain", "hello").delivered, 1u);
  EXPECT_TRUE(end_of(listening).is_success()) << end_of(listening).code;
  EXPECT_EQ(output.get(), "hello");
}

TEST_F(Guests, AQueueThatNobodyReadsFillsAndHurtsNobodyElse) {
  TestConfig setup;
  setup.grants = {"subscribe:#"};
  setup.limits.inbox.max_events = 4;
  const std::string deaf = guest(kExit + import("env", "ocre_subscribe_message", "(param i32) (result i32)"),
                                 "(drop (call $ocre_subscribe_message (i32.const 1184))) (loop $l (br $l))");
  const Handle a = start(deaf, setup);
  ASSERT_TRUE(eventually([&] { return runtime->bus().subscription_count() == 1; }));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(runtime->publish("topic/x", "t", "p").delivered, 1u);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(runtime->publish("topic/x", "t", "p").full, 1u);
  EXPECT_EQ(look(a).usage.inbox.events, 4u);
  EXPECT_EQ(look(a).usage.inbox.dropped, 6u);
  setup.limits.inbox = {.max_events = 64, .max_bytes = 300};
  const Handle b = start(deaf, setup);
  ASSERT_TRUE(eventually([&] { return runtime->bus().subscription_count() == 2; }));
  EXPECT_EQ(runtime->publish("topic/x", "t", std::string(400, 'x')).full, 2u);
  EXPECT_EQ(runtime->publish("topic/x", "t", std::string(100, 'x')).delivered, 1u);
  must(runtime->remove(a, true));
  must(runtime->remove(b, true));
  EXPECT_EQ(runtime->bus().subscription_count(), 0u);
}

TEST_F(Guests, QueuesDieWithTheirOwner) {
  TestConfig setup;
  setup.grants = {"subscribe:#", "timers"};
  const std::string imports = kExit + import("env", "ocre_subscribe_message", "(param i32) (result i32)") +
                              import("env", "ocre_timer_create", "(param i32) (result i32)") + import("env", "ocre_timer_start", "(param i32 i32 i32) (result i32)");
  const std::string full = guest(imports, R"((drop (call $ocre_subscribe_message (i32.const 1184)))
      (drop (call $ocre_timer_create (i32.const 1))) (drop (call $ocre_timer_start (i32.const 1) (i32.const 1) (i32.const 1))) (loop $l (br $l)))");
  const Handle first = start(full, setup);
  ASSERT_TRUE(eventually([&] { return runtime->bus().subscription_count() == 1; }));
  EXPECT_EQ(runtime->publish("topic/x", "t", "p").delivered, 1u);
  must(runtime->kill(first));
  EXPECT_EQ(end_of(first).kind, ExitKind::Killed);
  EXPECT_EQ(runtime->publish("topic/x", "t", "p").delivered, 0u);
  // Neither its successor nor its own next run finds anything.
  const std::string empty = guest(kExit + import("env", "ocre_get_event", "(param i32 i32 i32 i32 i32 i32) (result i32)"),
                                  R"((call $exit (i32.sub (i32.const 0)
          (call $ocre_get_event (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)))))");
  EXPECT_EQ(run(empty, setup).code, 3);  // OCRE_ERROR_NOT_FOUND
  must(runtime->start(first));
  ASSERT_TRUE(eventually([&] { return runtime->bus().subscription_count() == 1; }));
  EXPECT_EQ(look(first).usage.inbox.dropped, 0u);
  must(runtime->kill(first));
  end_of(first);
}

TEST_F(Guests, GpioWithinItsGrants) {
  const std::string imports = kExit + import("env", "ocre_gpio_init", "(result i32)") +
                              import("env", "ocre_gpio_configure", "(param i32 i32 i32) (result i32)") +
                              import("env", "ocre_gpio_pin_set", "(param i32 i32 i32) (result i32)") +
                              import("env", "ocre_gpio_pin_get", "(param i32 i32) (result i32)") +
                              import("env", "ocre_gpio_pin_toggle", "(param i32 i32) (result i32)") +
                              import("env", "ocre_gpio_set_by_name", "(param i32 i32) (result i32)") +
                              import("env", "ocre_gpio_configure_by_name", "(param i32 i32) (result i32)") +
                              import("env", "ocre_gpio_register_callback", "(param i32 i32) (result i32)") +
                              import("env", "ocre_sleep", "(param i32) (result i32)") +
                              import("env", "ocre_get_event", "(param i32 i32 i32 i32 i32 i32) (result i32)");
  TestConfig setup;
  setup.grants = {"gpio:0/3:out", "gpio:1/2:in"};
  const ExitRecord record = run(guest(imports, R"(
      (call $check (call $ocre_gpio_init) (i32.const 0))
      (call $check (call $ocre_gpio_pin_set (i32.const 0) (i32.const 3) (i32.const 1)) (i32.const -1))
      (call $check (call $ocre_gpio_configure (i32.const 0) (i32.const 3) (i32.const 1)) (i32.const 0))
      (call $check (call $ocre_gpio_configure (i32.const -1) (i32.const -3) (i32.const 1)) (i32.const -1))
      (call $check (call $ocre_gpio_configure (i32.const 0) (i32.const 4) (i32.const 1)) (i32.const -1))
      (call $check (call $ocre_gpio_configure (i32.const 0) (i32.const 3) (i32.const 2)) (i32.const -1))
      (call $check (call $ocre_gpio_pin_set (i32.const 0) (i32.const 3) (i32.const 1)) (i32.const 0))
      (call $check (call $ocre_gpio_pin_get (i32.const 0) (i32.const 3)) (i32.const 1))
      (call $check (call $ocre_gpio_pin_toggle (i32.const 0) (i32.const 3)) (i32.const 0))
      (call $check (call $ocre_gpio_pin_get (i32.const 0) (i32.const 3)) (i32.const 0))
      (call $check (call $ocre_gpio_set_by_name (i32.const 1152) (i32.const 1)) (i32.const 0))
      (call $check (call $ocre_gpio_set_by_name (i32.const 1088) (i32.const 1)) (i32.const -3))
      (call $check (call $ocre_gpio_set_by_name (i32.const 0) (i32.const 1)) (i32.const -1))
      (call $check (call $ocre_gpio_set_by_name (i32.const -1) (i32.const 1)) (i32.const -1)))"), setup);
  EXPECT_TRUE(record.is_success()) << record.code << record.message.c_str();
  EXPECT_TRUE(pins.level(0, 3));
  EXPECT_EQ(runtime->devices().claim_count(), 0u);

  const Handle watching = start(guest(imports, R"(
      (call $check (call $ocre_gpio_register_callback (i32.const 1) (i32.const 2)) (i32.const 0))
      (loop $again
        (drop (call $ocre_sleep (i32.const 1)))
        (br_if $again (i32.ne (i32.const 0) (call $ocre_get_event (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)))))
      (call $check (i32.load (i32.const 0)) (i32.const 1))
      (call $check (i32.load (i32.const 4)) (i32.const 2))
      (call $check (i32.load (i32.const 8)) (i32.const 1))
      (call $check (i32.load (i32.const 12)) (i32.const 1)))"), setup);
  ASSERT_TRUE(eventually([&] { return runtime->devices().claim_count() == 1; }));
  EXPECT_TRUE(pins.set_input(runtime->devices(), 1, 2, true));
  EXPECT_TRUE(end_of(watching).is_success()) << end_of(watching).code;
}

TEST_F(Guests, SensorsWithinTheirGrants) {
  TestConfig setup;
  setup.grants = {"sensor:thermometer"};
  const ExitRecord record = run(
      guest(kExit + import("env", "ocre_sensors_init", "(result i32)") + import("env", "ocre_sensors_discover", "(result i32)") +
                import("env", "ocre_sensors_open", "(param i32) (result i32)") +
                import("env", "ocre_sensors_open_by_name", "(param i32) (result i32)") +
                import("env", "ocre_sensors_get_channel_count", "(param i32) (result i32)") +
                import("env", "ocre_sensors_get_channel_type_by_name", "(param i32 i32) (result i32)") +
                import("env", "ocre_sensors_read", "(param i32 i32) (result f64)") +
                import("env", "ocre_sensors_read_by_name", "(param i32 i32) (result f64)"),
            R"((call $check (call $ocre_sensors_init) (i32.const 0))
               (call $check (call $ocre_sensors_discover) (i32.const 1))
               (call $check (call $ocre_sensors_open (i32.const 1)) (i32.const -1))
               (call $check (call $ocre_sensors_open_by_name (i32.const 1120)) (i32.const 0))
               (call $check (call $ocre_sensors_open_by_name (i32.const 1088)) (i32.const -3))
               (call $check (call $ocre_sensors_get_channel_count (i32.const 0)) (i32.const 1))
               (call $check (call $ocre_sensors_get_channel_type_by_name (i32.const 1120) (i32.const 0)) (i32.const 7))
               (call $check (call $ocre_sensors_get_channel_type_by_name (i32.const 1120) (i32.const -5)) (i32.const -1))
               (if (f64.ne (call $ocre_sensors_read (i32.const 0) (i32.const 7)) (f64.const 21.5)) (then (call $exit (i32.const 60))))
               (if (f64.ge (call $ocre_sensors_read (i32.const -7) (i32.const 7)) (f64.const 0)) (then (call $exit (i32.const 61)))))"),
      setup);
  EXPECT_TRUE(record.is_success()) << record.code << record.message.c_str();
}

TEST_F(Guests, UnameHasTheHeadersLayoutAndImportedMemoriesAreMade) {
  // (import "env" "memory") is how the SDK links its guests.
  const ExitRecord record = run("(module " + kExit + import("env", "uname", "(param i32) (result i32)") +
                                R"((import "env" "memory" (memory 2 64)) (export "memory" (memory 0))
      (func (export "_start")
        (if (call $uname (i32.const 0)) (then (call $exit (i32.const 1))))
        (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 85)) (then (call $exit (i32.const 2))))
        (if (i32.ne (i32.load8_u (i32.const 65)) (i32.const 116)) (then (call $exit (i32.const 3))))
        (if (i32.eqz (i32.load8_u (i32.const 260))) (then (call $exit (i32.const 4))))
        (if (i32.ne (call $uname (i32.const 130800)) (i32.const -1)) (then (call $exit (i32.const 5)))))))");
  EXPECT_TRUE(record.is_success()) << record.code << record.message.c_str();
}

TEST_F(Guests, EventsAreAFileThatCanBeWaitedFor) {
  // A timer, waited for with poll_oneoff on the events descriptor; then a request and its reply by the embedder's subscriber.
  TestConfig setup;
  setup.grants = {"timers:1", "publish:q", "subscribe:#"};
  const std::string imports =
      kExit + import("umber", "events_open", "(param i32) (result i32)") +
      import("umber", "timer_start", "(param i32 i64 i64) (result i32)") +
      import("umber", "subscribe", "(param i32 i32) (result i32)") +
      import("umber", "request", "(param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)") +
      import("umber", "reply", "(param i64 i32 i32 i32 i32 i32) (result i32)") +
      import("wasi_snapshot_preview1", "poll_oneoff", "(param i32 i32 i32 i32) (result i32)") +
      import("wasi_snapshot_preview1", "fd_read", "(param i32 i32 i32 i32) (result i32)");
  const ExitRecord record = run(guest(imports, R"(
      (call $check (call $events_open (i32.const 0)) (i32.const 0))
      (call $check (call $timer_start (i32.const 7) (i64.const 3000000) (i64.const 0)) (i32.const 0))
      (call $check (call $timer_start (i32.const 8) (i64.const 1) (i64.const 0)) (i32.const 51))
      (i32.store (i32.const 208) (i32.const 1))
      (i32.store (i32.const 216) (i32.load (i32.const 0)))
      (call $check (call $poll_oneoff (i32.const 200) (i32.const 300) (i32.const 1) (i32.const 400)) (i32.const 0))
      (call $check (i32.load (i32.const 400)) (i32.const 1))
      (i32.store (i32.const 8) (i32.const 512)) (i32.store (i32.const 12) (i32.const 8))
      (call $check (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 32)) (i32.const 35))
      (i32.store (i32.const 12) (i32.const 256))
      (call $check (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 32)) (i32.const 0))
      (call $check (i32.load (i32.const 32)) (i32.const 48))
      (call $check (i32.load16_u (i32.const 516)) (i32.const 0))
      (call $check (i32.load (i32.const 520)) (i32.const 7))
      (i32.store8 (i32.const 600) (i32.const 113))
      (call $check (call $subscribe (i32.const 600) (i32.const 1)) (i32.const 0))
      (call $check (call $request (i32.const 600) (i32.const 1) (i32.const 1056) (i32.const 10) (i32.const 1088) (i32.const 7) (i32.const 700) (i32.const 704)) (i32.const 0))
      (call $check (i32.load (i32.const 700)) (i32.const 1))
      (call $check (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 32)) (i32.const 0))
      (call $check (i32.load16_u (i32.const 516)) (i32.const 3))
      (call $check (i32.load (i32.const 32)) (i32.const 66))
      (call $check (call $reply (i64.load (i32.const 544)) (i32.load (i32.const 552)) (i32.const 0) (i32.const 0) (i32.const 1088) (i32.const 7)) (i32.const 0))
      (call $check (call $reply (i64.load (i32.const 544)) (i32.load (i32.const 552)) (i32.const 0) (i32.const 0) (i32.const 1088) (i32.const 7)) (i32.const 44))
      (call $check (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 32)) (i32.const 0))
      (call $check (i32.load16_u (i32.const 516)) (i32.const 4))
      (call $check (i32.load (i32.const 520)) (i32.load (i32.const 704))))"), setup);
  EXPECT_TRUE(record.is_success()) << record.code << record.message.c_str();
}

TEST_F(Guests, HostileLengthsNeverLeaveTheSandbox) {
  // Payload far beyond the memory; pointer and length that wrap.
  TestConfig setup;
  setup.grants = {"publish:#"};
  const std::string imports = kExit + import("env", "ocre_publish_message", "(param i32 i32 i32 i32) (result i32)");
  for (const char* range : {"(i32.const 1088) (i32.const 65536)", "(i32.const -4) (i32.const 8)", "(i32.const 65535) (i32.const 2)",
                            "(i32.const 0) (i32.const 4)", "(i32.const 1088) (i32.const -1)", "(i32.const 1088) (i32.const 0)"}) {
    const std::string body = std::string("(call $exit (call $ocre_publish_message (i32.const 1024) (i32.const 1056) ") + range + "))";
    EXPECT_EQ(run(guest(imports, body), setup).code, -1) << range;
  }
}

}  // namespace
}  // namespace umber::container
