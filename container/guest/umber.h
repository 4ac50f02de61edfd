/* Umber's device interface for guests in C (wasm32). Functions return 0 or a WASI errno (as in <errno.h> of wasi-libc). What a container
 * was not granted does not link; what a grant does not cover is EACCES. See docs/containers.md.
 *
 *   uint32_t events;
 *   umber_events_open(&events);
 *   umber_timer_start(1, 500 * 1000000ull, 500 * 1000000ull);
 *   for (union { struct umber_event event; char bytes[1024]; } in; read(events, &in, sizeof in) > 0;)
 *     if (in.event.type == UMBER_EVENT_TIMER) umber_gpio_write(0, 5, on = !on);
 */
#ifndef UMBER_GUEST_H
#define UMBER_GUEST_H

#include <stddef.h>
#include <stdint.h>

#define UMBER_IMPORT(name) __attribute__((import_module("umber"), import_name(name)))

enum umber_event_type {
  UMBER_EVENT_TIMER = 0,   /* id; state: periods that were missed */
  UMBER_EVENT_GPIO = 1,    /* id: pin, port, state: level */
  UMBER_EVENT_MESSAGE = 3, /* id; topic, content type and payload follow the record */
  UMBER_EVENT_REPLY = 4,   /* id: the request's; content type and payload follow */
  UMBER_EVENT_STOP = 5     /* the container should end now */
};

/* What a read of the events descriptor gives, once per read. A buffer that is too small is EMSGSIZE, and the event stays. */
struct umber_event {
  uint32_t size; /* of the record and the texts behind it */
  uint16_t type;
  uint16_t reserved;
  uint32_t id;
  uint32_t port;
  uint32_t state;
  uint32_t topic_size;
  uint32_t content_type_size;
  uint32_t payload_size;
  uint64_t reply_to; /* with `request` for umber_reply; 0: nobody waits */
  uint32_t request;
  uint32_t padding;
};

/* A descriptor for read and poll. */
UMBER_IMPORT("events_open") uint32_t umber_events_open(uint32_t *fd);

/* First after delay, then every period (0: once), in nanoseconds. Grant: timers. */
UMBER_IMPORT("timer_start") uint32_t umber_timer_start(uint32_t id, uint64_t delay_ns, uint64_t period_ns);
UMBER_IMPORT("timer_stop") uint32_t umber_timer_stop(uint32_t id);
UMBER_IMPORT("timer_remaining") uint32_t umber_timer_remaining(uint32_t id, uint64_t *ns);

/* `delivered`: how many got it. EAGAIN: those who wanted it had no room. Grants: publish, subscribe. */
UMBER_IMPORT("publish")
uint32_t umber_publish(const char *topic, size_t topic_size, const char *type, size_t type_size, const void *payload,
                       size_t payload_size, uint32_t *delivered);
/* Like publish; the answer comes as UMBER_EVENT_REPLY with this id. At most 16 at a time. */
UMBER_IMPORT("request")
uint32_t umber_request(const char *topic, size_t topic_size, const char *type, size_t type_size, const void *payload,
                       size_t payload_size, uint32_t *delivered, uint32_t *id);
UMBER_IMPORT("reply")
uint32_t umber_reply(uint64_t reply_to, uint32_t request, const char *type, size_t type_size, const void *payload,
                     size_t payload_size);
UMBER_IMPORT("subscribe") uint32_t umber_subscribe(const char *pattern, size_t size);
UMBER_IMPORT("unsubscribe") uint32_t umber_unsubscribe(const char *pattern, size_t size);

/* `direction`: 0 input, 1 output. EBUSY: another container drives the pin. Grant: gpio. */
UMBER_IMPORT("gpio_configure") uint32_t umber_gpio_configure(uint32_t port, uint32_t pin, uint32_t direction);
UMBER_IMPORT("gpio_write") uint32_t umber_gpio_write(uint32_t port, uint32_t pin, uint32_t level);
UMBER_IMPORT("gpio_read") uint32_t umber_gpio_read(uint32_t port, uint32_t pin, uint32_t *level);
UMBER_IMPORT("gpio_watch") uint32_t umber_gpio_watch(uint32_t port, uint32_t pin, uint32_t on);
UMBER_IMPORT("gpio_find") uint32_t umber_gpio_find(const char *name, size_t size, uint32_t *port, uint32_t *pin);

/* Grant: sensor. */
UMBER_IMPORT("sensor_find") uint32_t umber_sensor_find(const char *name, size_t size, uint32_t *sensor);
UMBER_IMPORT("sensor_channels") uint32_t umber_sensor_channels(uint32_t sensor, uint32_t *count);
UMBER_IMPORT("sensor_channel_type") uint32_t umber_sensor_channel_type(uint32_t sensor, uint32_t channel, uint32_t *type);
UMBER_IMPORT("sensor_read") uint32_t umber_sensor_read(uint32_t sensor, uint32_t type, double *value);

#endif
