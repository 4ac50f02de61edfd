// The device interface for guests: imports of the module `umber`, described for guest programmers in container/guest/umber.h.
// Events are read from a file descriptor, so a program sleeps in poll_oneoff or fd_read until there is one.
#pragma once

#include "container/guest_context.h"
#include "runtime/linker.h"

namespace umber::container {

/// What a guest reads from its events descriptor: this record, then topic, content type and payload of a message. 48 bytes.
struct EventRecord {
  uint32_t size;        ///< of all, these bytes included
  uint16_t type;        ///< EventType
  uint16_t reserved;
  uint32_t id;
  uint32_t port;
  uint32_t state;
  uint32_t topic_size;
  uint32_t content_type_size;
  uint32_t payload_size;
  uint64_t reply_to;    ///< for reply(); 0: nobody waits
  uint32_t request;     ///< likewise
  uint32_t padding;
};
static_assert(sizeof(EventRecord) == 48 && offsetof(EventRecord, reply_to) == 32);

/// Defines all functions of module `umber`. `guest` outlives the linker's store.
[[nodiscard]] Status define_guest_api(Linker& linker, GuestContext& guest);

}  // namespace umber::container
