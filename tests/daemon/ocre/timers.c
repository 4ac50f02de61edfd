// ocre_timer_*, with a grant of three timers.
#include "abi.h"

__attribute__((export_name("timer_callback"))) void timer_callback(int id) { (void)id; }

int main(void) {
  struct event event;
  EXPECT(ocre_register_dispatcher(TYPE_TIMER, "timer_callback"), SUCCESS);
  for (int id = -1; id <= 0; ++id) EXPECT(ocre_timer_create(id), INVALID);
  EXPECT(ocre_timer_create(17), INVALID);
  EXPECT(ocre_timer_create(INT32_MIN), INVALID);
  EXPECT(ocre_timer_create(1), SUCCESS);
  EXPECT(ocre_timer_create(1), BUSY);
  EXPECT(ocre_timer_create(16), SUCCESS);
  EXPECT(ocre_timer_create(2), SUCCESS);
  EXPECT(ocre_timer_create(3), NO_MEMORY);
  EXPECT(ocre_timer_delete(16), SUCCESS);
  EXPECT(ocre_timer_delete(16), INVALID);
  EXPECT(ocre_timer_create(3), SUCCESS);

  EXPECT(ocre_timer_start(4, 10, 0), INVALID);
  EXPECT(ocre_timer_start(1, 0, 0), INVALID);
  EXPECT(ocre_timer_start(1, -1, 0), INVALID);
  EXPECT(ocre_timer_get_remaining(4), INVALID);
  EXPECT(ocre_timer_get_remaining(1), 0);
  EXPECT(ocre_timer_start(3, INT32_MAX, 0), SUCCESS);  // beyond 65 s, and 16 bits
  EXPECT(ocre_timer_get_remaining(3) > INT32_MAX - 60000, 1);
  EXPECT(take(&event), NOT_FOUND);

  EXPECT(ocre_timer_start(1, 20, 0), SUCCESS);
  EXPECT(ocre_timer_get_remaining(1) <= 20, 1);
  EXPECT(wait_for(&event), SUCCESS);
  EXPECT(event.type, TYPE_TIMER);
  EXPECT(event.id, 1);
  EXPECT(event.port + event.state + event.extra + event.payload_len, 0);
  ocre_sleep(60);
  EXPECT(take(&event), NOT_FOUND);  // once

  EXPECT(ocre_timer_start(2, 10, 1), SUCCESS);
  for (int i = 0; i < 3; ++i) {
    EXPECT(wait_for(&event), SUCCESS);
    EXPECT(event.id, 2);
  }
  EXPECT(ocre_timer_stop(2), SUCCESS);
  while (take(&event) == SUCCESS) {
  }
  ocre_sleep(50);
  EXPECT(take(&event), NOT_FOUND);
  EXPECT(ocre_timer_stop(9), INVALID);
  EXPECT(ocre_timer_delete(2), SUCCESS);
  EXPECT(ocre_timer_start(2, 10, 1), INVALID);
  return finish();
}
