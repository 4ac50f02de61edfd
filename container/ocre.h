// The host functions of the Ocre SDK 1.0 (https://github.com/project-ocre/ocre-sdk, ocre_api.h), so that its guests run as they are:
// imports of module `env` with the names, signatures, structure layouts, event types and error codes of that public header.
// Where the header leaves room, docs/containers.md says what holds here.
#pragma once

#include "container/guest_context.h"
#include "container/guest_heap.h"
#include "runtime/linker.h"

namespace umber::container {

/// What one run of an Ocre guest has registered. Used by the container's thread.
class OcreApi {
 public:
  /// `guest` outlives this object, which outlives the linker's store.
  explicit OcreApi(GuestContext& guest) : guest(guest), heap(guest.allocator()) {}
  OcreApi(const OcreApi&) = delete;
  OcreApi& operator=(const OcreApi&) = delete;

  /// Defines all functions.
  [[nodiscard]] Status define(Linker& linker);

  GuestContext& guest;
  GuestHeap heap;
};

}  // namespace umber::container
