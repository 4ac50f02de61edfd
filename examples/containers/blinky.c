/* Blinks pin 5 of port 0 ten times a second and ends when it is asked to stop. Grants: timers, gpio:0/5:out. */
#include <stdio.h>
#include <unistd.h>

#include "umber.h"

int main(void) {
  uint32_t events = 0, level = 0;
  setvbuf(stdout, NULL, _IOLBF, 0); /* no terminal: else the C library keeps lines back until a kilobyte is full */
  if (umber_events_open(&events) != 0 || umber_gpio_configure(0, 5, 1) != 0) return 1;
  if (umber_timer_start(1, 100000000, 100000000) != 0) return 1;
  printf("blinking\n");
  union {
    struct umber_event event;
    char bytes[1024];
  } in;
  while (read((int)events, &in, sizeof in) > 0) {
    if (in.event.type == UMBER_EVENT_STOP) break;
    if (in.event.type != UMBER_EVENT_TIMER) continue;
    level = !level;
    if (umber_gpio_write(0, 5, level) != 0) return 2;
    printf("led %s\n", level ? "on" : "off");
  }
  umber_gpio_write(0, 5, 0);
  printf("stopped\n");
  return 0;
}
