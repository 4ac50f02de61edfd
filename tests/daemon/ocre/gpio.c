// ocre_gpio_*, with gpio:0/*:out and gpio:1/2:in. Says "ready" and waits for the world to press button 2, and "again" for its release.
#include "abi.h"

__attribute__((export_name("gpio_callback"))) void gpio_callback(int pin, int state, int port) { (void)pin, (void)state, (void)port; }

static void expect_change(uint32_t state) {
  struct event event = {0};
  EXPECT(wait_for(&event), SUCCESS);
  EXPECT(event.type, TYPE_GPIO);
  EXPECT(event.id, 2);
  EXPECT(event.port, 1);
  EXPECT(event.state, state);
  EXPECT(event.extra + event.payload_len, 0);
}

int main(void) {
  struct event event;
  EXPECT(ocre_gpio_init(), SUCCESS);
  EXPECT(ocre_register_dispatcher(TYPE_GPIO, "gpio_callback"), SUCCESS);
  EXPECT(ocre_gpio_configure(0, 5, OUTPUT), SUCCESS);
  EXPECT(ocre_gpio_configure(0, 5, 2), INVALID);
  EXPECT(ocre_gpio_configure(0, 5, -1), INVALID);
  EXPECT(ocre_gpio_configure(-1, 5, OUTPUT), INVALID);
  EXPECT(ocre_gpio_configure(0, -1, OUTPUT), INVALID);
  EXPECT(ocre_gpio_configure(0, 16, OUTPUT), INVALID);
  EXPECT(ocre_gpio_configure(8, 0, OUTPUT), INVALID);
  EXPECT(ocre_gpio_configure(0, 6, INPUT), INVALID);   // granted as output
  EXPECT(ocre_gpio_configure(1, 2, OUTPUT), INVALID);  // granted as input
  EXPECT(ocre_gpio_configure(2, 0, INPUT), INVALID);   // not granted

  EXPECT(ocre_gpio_pin_get(0, 5), 0);
  EXPECT(ocre_gpio_pin_set(0, 5, 1), SUCCESS);
  EXPECT(ocre_gpio_pin_get(0, 5), 1);
  EXPECT(ocre_gpio_pin_toggle(0, 5), SUCCESS);
  EXPECT(ocre_gpio_pin_get(0, 5), 0);
  EXPECT(ocre_gpio_pin_set(0, 4, 1), INVALID);  // not configured
  EXPECT(ocre_gpio_pin_toggle(0, 4), INVALID);
  EXPECT(ocre_gpio_pin_set(1, 2, 1), INVALID);
  EXPECT(ocre_gpio_pin_get(7, 7), INVALID);
  EXPECT(ocre_gpio_pin_get(-1, -1), INVALID);
  EXPECT(ocre_gpio_pin_toggle(-1, -1), INVALID);

  EXPECT(ocre_gpio_configure_by_name("led3", OUTPUT), SUCCESS);
  EXPECT(ocre_gpio_set_by_name("led3", 1), SUCCESS);
  EXPECT(ocre_gpio_get_by_name("led3"), 1);
  EXPECT(ocre_gpio_pin_get(0, 3), 1);
  EXPECT(ocre_gpio_toggle_by_name("led3"), SUCCESS);
  EXPECT(ocre_gpio_get_by_name("led3"), 0);
  EXPECT(ocre_gpio_configure_by_name("led9", OUTPUT), NOT_FOUND);
  EXPECT(ocre_gpio_set_by_name("nothing", 1), NOT_FOUND);
  EXPECT(ocre_gpio_get_by_name(""), INVALID);
  EXPECT(ocre_gpio_get_by_name(NULL), INVALID);
  EXPECT(ocre_gpio_toggle_by_name((const char *)0xffffffff), INVALID);

  EXPECT(ocre_gpio_unregister_callback(1, 2), NOT_FOUND);
  EXPECT(ocre_gpio_register_callback(2, 0), INVALID);
  EXPECT(ocre_gpio_register_callback(-1, 0), INVALID);
  EXPECT(ocre_gpio_configure(1, 2, INPUT), SUCCESS);
  EXPECT(ocre_gpio_register_callback(1, 2), SUCCESS);
  EXPECT(take(&event), NOT_FOUND);
  printf("ready\n"), fflush(stdout);
  expect_change(1);
  EXPECT(ocre_gpio_pin_get(1, 2), 1);
  EXPECT(ocre_gpio_unregister_callback(1, 2), SUCCESS);
  EXPECT(ocre_gpio_unregister_callback_by_name("button2"), NOT_FOUND);
  EXPECT(ocre_gpio_register_callback_by_name("button2"), SUCCESS);
  EXPECT(ocre_gpio_register_callback_by_name("button3"), INVALID);
  EXPECT(ocre_gpio_register_callback_by_name("button8"), NOT_FOUND);
  printf("again\n"), fflush(stdout);
  expect_change(0);
  EXPECT(ocre_gpio_unregister_callback_by_name("button2"), SUCCESS);
  return finish();
}
