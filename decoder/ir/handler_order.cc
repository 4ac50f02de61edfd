// A counting sort by start.
#include "decoder/ir/handler_order.h"

namespace umber::ir {

Status order_handlers(const Function& function, Vec<uint32_t>& order) {
  order.clear();
  if (function.handlers.empty()) return {};
  Vec<uint32_t> places(order.allocator());
  if (!places.resize(function.insts.size() + 1) || !order.resize(function.handlers.size()))
    return Error::out_of_memory("exception handlers");
  for (const HandlerRange& range : function.handlers) ++places[range.first];
  uint32_t sum = 0;
  for (uint32_t& place : places) sum = place += sum;  // now the end of each start's part
  for (uint32_t i = 0; i < function.handlers.size(); ++i) order[--places[function.handlers[i].first]] = i;
  return {};
}

}  // namespace umber::ir
