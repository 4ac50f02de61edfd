// Room in a guest's memory for what the host hands over (a message's topic and payload, for guests of the Ocre SDK, which expect
// pointers). The guest's own malloc and free are used when it exports them; else the host grows the guest's memory and
// manages those pages itself. All bookkeeping is on the host's side, so a guest can only harm its own data.
#pragma once

#include "base/vec.h"
#include "runtime/host.h"

namespace umber::container {

class GuestHeap {
 public:
  explicit GuestHeap(Allocator& allocator) : blocks_(allocator) {}

  /// Address 0: no room. May run guest code; a result that is not Done ends the run.
  [[nodiscard]] HostResult allocate(Caller& caller, uint32_t size, uint32_t& address);
  /// False: not an address that allocate gave out and that is still held.
  [[nodiscard]] HostResult release(Caller& caller, uint32_t address, bool& known);

 private:
  struct Block {
    uint32_t address = 0;
    uint32_t size = 0;
    bool is_used = false;
    bool is_guests = false;  ///< from the guest's malloc
  };
  [[nodiscard]] uint32_t take(uint32_t size);
  [[nodiscard]] bool grow(Caller& caller, uint32_t size);
  void merge_free();

  Vec<Block> blocks_;  ///< own blocks ascending by address, without gaps inside a grown region
};

}  // namespace umber::container
