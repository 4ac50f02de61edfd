/* The container runtime for C: the same calls as container/runtime.h. Thread-safe. Handles are never reused; 0 is none. Times are in
 * nanoseconds on the runtime's clock (umber_containers_now). The runtime itself is made by the port: on Linux by
 * ports/containers/umber_linux.h; in C++ umber::container::to_c hands one over.
 */
#ifndef UMBER_CONTAINER_H
#define UMBER_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct umber_containers umber_containers_t;
typedef uint64_t umber_handle_t;

#define UMBER_FOREVER UINT64_MAX

typedef enum umber_result {
  UMBER_OK = 0,
  UMBER_TIMEOUT = 1,      /* not an error: the deadline came first */
  UMBER_NOT_FOUND = -1,   /* no such handle (any more) */
  UMBER_WRONG_STATE = -2, /* or a malformed argument */
  UMBER_NO_MEMORY = -3,
  UMBER_BAD_MODULE = -4,
  UMBER_LIMIT = -5,
  UMBER_FAILED = -6
} umber_result_t;

/* As container/state.h and container/exit_record.h. */
typedef enum umber_state { UMBER_CREATED, UMBER_RUNNING, UMBER_PAUSED, UMBER_STOPPING, UMBER_EXITED, UMBER_REMOVED } umber_state_t;
typedef enum umber_exit_kind {
  UMBER_EXIT_NONE, UMBER_EXIT_EXITED, UMBER_EXIT_TRAPPED, UMBER_EXIT_KILLED, UMBER_EXIT_OUT_OF_MEMORY, UMBER_EXIT_OUT_OF_FUEL,
  UMBER_EXIT_REFUSED
} umber_exit_kind_t;
typedef enum umber_restart { UMBER_RESTART_NO, UMBER_RESTART_ON_FAILURE, UMBER_RESTART_ALWAYS } umber_restart_t;

/* Texts are zero-terminated and copied. 0 in a number means the default. */
typedef struct umber_container_config {
  const char *name;
  const char *entry;               /* null: _start */
  const char *const *args;
  size_t arg_count;
  const char *const *grants;       /* "timers", "gpio:0/5:out", … */
  size_t grant_count;
  uint64_t memory_bytes;
  uint32_t stack_bytes;
  uint64_t fuel;
  umber_restart_t restart;
  void (*output)(void *state, int stream, const uint8_t *bytes, size_t size); /* null: nowhere */
  void *output_state;
} umber_container_config_t;

typedef struct umber_container_status {
  umber_state_t state;
  umber_exit_kind_t exit_kind;
  int32_t exit_code;
  uint64_t memory_bytes;
  uint64_t fuel;
  uint32_t queued_events;
  char message[240];
} umber_container_status_t;

/* `bytes` are used in place until the image is removed. `message`: why not, zero-terminated and cut to `message_size`; may be null. */
umber_result_t umber_image_add(umber_containers_t *containers, const uint8_t *bytes, size_t size, umber_handle_t *image, char *message,
                               size_t message_size);
umber_result_t umber_image_remove(umber_containers_t *containers, umber_handle_t image);
umber_result_t umber_container_create(umber_containers_t *containers, umber_handle_t image, const umber_container_config_t *config,
                                      umber_handle_t *container, char *message, size_t message_size);
umber_result_t umber_container_start(umber_containers_t *containers, umber_handle_t container);
umber_result_t umber_container_stop(umber_containers_t *containers, umber_handle_t container, uint64_t deadline_ns);
umber_result_t umber_container_kill(umber_containers_t *containers, umber_handle_t container);
umber_result_t umber_container_pause(umber_containers_t *containers, umber_handle_t container, uint64_t deadline_ns);
umber_result_t umber_container_unpause(umber_containers_t *containers, umber_handle_t container);
umber_result_t umber_container_wait(umber_containers_t *containers, umber_handle_t container, uint64_t deadline_ns);
umber_result_t umber_container_remove(umber_containers_t *containers, umber_handle_t container, int force);
umber_result_t umber_container_status(umber_containers_t *containers, umber_handle_t container, umber_container_status_t *status);
/* How many containers' inboxes took it. */
uint32_t umber_publish_message(umber_containers_t *containers, const char *topic, const char *content_type, const void *payload,
                               size_t payload_size);
uint64_t umber_containers_now(umber_containers_t *containers);

#ifdef __cplusplus
} /* extern "C" */

namespace umber::container {
class Runtime;
/* The runtime outlives every use. */
inline umber_containers_t *to_c(Runtime &runtime) { return reinterpret_cast<umber_containers_t *>(&runtime); }
}  // namespace umber::container
#endif

#endif
