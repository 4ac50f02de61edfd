// The functions that a guest of the Ocre SDK 1.0 imports from module `env`: names, signatures, numbers and layouts of its public header, written
// down anew, so that the guests beside this file prove them without the SDK. And what such a guest needs to say what is wrong.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name))) name

enum { SUCCESS = 0, INVALID = -1, TIMEOUT = -2, NOT_FOUND = -3, BUSY = -4, NO_MEMORY = -5 };
enum { TYPE_TIMER, TYPE_GPIO, TYPE_SENSOR, TYPE_MESSAGE, TYPE_COUNT };
enum { INPUT, OUTPUT };

struct event {
  uint32_t type, id, port, state, extra, payload_len;
};

struct ocre_utsname {
  char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

int IMPORT(ocre_timer_create)(int id);
int IMPORT(ocre_timer_delete)(int id);
int IMPORT(ocre_timer_start)(int id, int interval, int is_periodic);
int IMPORT(ocre_timer_stop)(int id);
int IMPORT(ocre_timer_get_remaining)(int id);

int IMPORT(ocre_gpio_init)(void);
int IMPORT(ocre_gpio_configure)(int port, int pin, int direction);
int IMPORT(ocre_gpio_pin_set)(int port, int pin, int state);
int IMPORT(ocre_gpio_pin_get)(int port, int pin);
int IMPORT(ocre_gpio_pin_toggle)(int port, int pin);
int IMPORT(ocre_gpio_register_callback)(int port, int pin);
int IMPORT(ocre_gpio_unregister_callback)(int port, int pin);
int IMPORT(ocre_gpio_configure_by_name)(const char *name, int direction);
int IMPORT(ocre_gpio_set_by_name)(const char *name, int state);
int IMPORT(ocre_gpio_get_by_name)(const char *name);
int IMPORT(ocre_gpio_toggle_by_name)(const char *name);
int IMPORT(ocre_gpio_register_callback_by_name)(const char *name);
int IMPORT(ocre_gpio_unregister_callback_by_name)(const char *name);

int IMPORT(ocre_get_event)(uint32_t type, uint32_t id, uint32_t port, uint32_t state, uint32_t extra, uint32_t payload_len);
int IMPORT(ocre_register_dispatcher)(int type, const char *function_name);
void IMPORT(ocre_msg_system_init)(void);
int IMPORT(ocre_publish_message)(const char *topic, const char *content_type, const void *payload, uint32_t payload_len);
int IMPORT(ocre_subscribe_message)(const char *topic);
int IMPORT(ocre_messaging_free_module_event_data)(uint32_t topic, uint32_t content_type, uint32_t payload);
int IMPORT(ocre_sleep)(int milliseconds);

int IMPORT(ocre_sensors_init)(void);
int IMPORT(ocre_sensors_discover)(void);
int IMPORT(ocre_sensors_open)(int handle);
int IMPORT(ocre_sensors_get_handle)(int id);
int IMPORT(ocre_sensors_get_channel_count)(int id);
int IMPORT(ocre_sensors_get_channel_type)(int id, int channel);
double IMPORT(ocre_sensors_read)(int id, int channel_type);
int IMPORT(ocre_sensors_get_handle_by_name)(const char *name);
int IMPORT(ocre_sensors_open_by_name)(const char *name);
int IMPORT(ocre_sensors_get_channel_count_by_name)(const char *name);
int IMPORT(ocre_sensors_get_channel_type_by_name)(const char *name, int channel);
double IMPORT(ocre_sensors_read_by_name)(const char *name, int channel_type);

// wasi-libc has a uname of its own.
int __attribute__((import_module("env"), import_name("uname"))) ocre_uname(struct ocre_utsname *name);

static int failures;

#define EXPECT(call, wanted)                                                                  \
  do {                                                                                        \
    const double got_ = (call), wanted_ = (wanted);                                           \
    if (got_ != wanted_ && ++failures)                                                        \
      printf("line %d: %s is %g instead of %g\n", __LINE__, #call, got_, wanted_);            \
  } while (0)

// The last line that a test looks for; the exit code says it too.
static inline int finish(void) {
  printf("%d failed\n", failures);
  return failures != 0;
}

static inline uint32_t address_of(const volatile void *pointer) { return (uint32_t)(uintptr_t)pointer; }

static inline int take(struct event *event) {
  return ocre_get_event(address_of(&event->type), address_of(&event->id), address_of(&event->port), address_of(&event->state), address_of(&event->extra),
                        address_of(&event->payload_len));
}

// The next event, within ten seconds.
static inline int wait_for(struct event *event) {
  for (int i = 0; i < 2000; ++i) {
    const int code = take(event);
    if (code != NOT_FOUND) return code;
    ocre_sleep(5);
  }
  return TIMEOUT;
}
