// Messages, with publish:t/# and subscribe:t/# and a queue of four: what is published comes back to the one who subscribed.
#include <string.h>

#include "abi.h"

__attribute__((export_name("message_callback"))) void message_callback(uint32_t id, char *topic, char *type, uint8_t *payload, uint32_t size) {
  (void)id, (void)topic, (void)type, (void)payload, (void)size;
}

static void expect_message(const char *topic, const char *type, const void *payload, uint32_t size) {
  struct event event = {0};
  EXPECT(wait_for(&event), SUCCESS);
  EXPECT(event.type, TYPE_MESSAGE);
  EXPECT(event.payload_len, size);
  EXPECT(strcmp((const char *)(uintptr_t)event.port, topic), 0);
  EXPECT(strcmp((const char *)(uintptr_t)event.state, type), 0);
  EXPECT(memcmp((const void *)(uintptr_t)event.extra, payload, size), 0);
  EXPECT(ocre_messaging_free_module_event_data(event.port, event.state, event.extra), SUCCESS);
  EXPECT(ocre_messaging_free_module_event_data(event.port, event.state, event.extra), INVALID);
}

int main(void) {
  static char long_topic[200], large[1025];
  const char binary[] = {'a', 0, 'b', (char)0xff};
  memset(long_topic, 't', sizeof long_topic - 1);
  ocre_msg_system_init();
  EXPECT(ocre_register_dispatcher(TYPE_MESSAGE, "message_callback"), SUCCESS);
  EXPECT(ocre_publish_message("t/a", "text/plain", "x", 1), NOT_FOUND);  // nobody listens
  EXPECT(ocre_subscribe_message("t/a"), SUCCESS);
  EXPECT(ocre_subscribe_message("t/a"), SUCCESS);
  EXPECT(ocre_subscribe_message(""), INVALID);
  EXPECT(ocre_subscribe_message(NULL), INVALID);
  EXPECT(ocre_subscribe_message(long_topic), INVALID);

  EXPECT(ocre_publish_message("t/a", "text/plain", "hello", 5), SUCCESS);
  expect_message("t/a", "text/plain", "hello", 5);
  EXPECT(ocre_publish_message("t/abc/d", "application/octet-stream", binary, sizeof binary), SUCCESS);  // begins with the topic
  expect_message("t/abc/d", "application/octet-stream", binary, sizeof binary);
  EXPECT(ocre_publish_message("t/b", "text/plain", "x", 1), NOT_FOUND);
  EXPECT(ocre_publish_message("t/a", "text/plain", large, 1024), SUCCESS);
  expect_message("t/a", "text/plain", large, 1024);

  EXPECT(ocre_publish_message("u/a", "text/plain", "x", 1), INVALID);  // not granted
  EXPECT(ocre_publish_message("", "text/plain", "x", 1), INVALID);
  EXPECT(ocre_publish_message(NULL, "text/plain", "x", 1), INVALID);
  EXPECT(ocre_publish_message("t/a", NULL, "x", 1), INVALID);
  EXPECT(ocre_publish_message("t/a", "", "x", 1), INVALID);
  EXPECT(ocre_publish_message("t/a", "text/plain", NULL, 1), INVALID);
  EXPECT(ocre_publish_message("t/a", "text/plain", "x", 0), INVALID);
  EXPECT(ocre_publish_message("t/a", "text/plain", "x", UINT32_MAX), INVALID);
  EXPECT(ocre_publish_message((const char *)0xfffffff0, "text/plain", "x", 1), INVALID);
  EXPECT(ocre_publish_message(long_topic, "text/plain", "x", 1), INVALID);

  for (int i = 0; i < 4; ++i) EXPECT(ocre_publish_message("t/a", "text/plain", &"1234"[i], 1), SUCCESS);
  EXPECT(ocre_publish_message("t/a", "text/plain", "5", 1), BUSY);
  for (int i = 0; i < 4; ++i) expect_message("t/a", "text/plain", &"1234"[i], 1);

  struct event event;
  EXPECT(take(&event), NOT_FOUND);
  EXPECT(ocre_messaging_free_module_event_data(0, 0, 0), INVALID);
  EXPECT(ocre_messaging_free_module_event_data(address_of(large), address_of(large), address_of(large)), INVALID);
  return finish();
}
