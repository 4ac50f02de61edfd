// What drafts have that other code has not, and their successors: an instruction that counts at every place where a successor can take
// over, and at the same places of the successor an entry for frames that have nothing in registers. Both versions of a function
// come from the same IR, so at a loop's header, where nothing waits, the same values lie in the same slots.
#include <algorithm>

#include "interp/draft.h"
#include "interp/encode/encoder.h"

namespace umber::interp {

/// At the function's start (`loop` is kNoIndex) or a loop's header. A successor is worth its translation, which costs what the function is
/// long, when about as many instructions have been executed as `patience` entries take: short loops may turn more often.
void Encoder::count_visit(uint32_t loop) {
  const uint64_t size = function_->insts.size();
  const uint64_t turn = loop == wasm::kNoIndex ? size : function_->loops[loop].end - function_->loops[loop].first;
  const auto patience = static_cast<uint32_t>(std::min<uint64_t>(patience_ * size / turn, UINT16_MAX));
  const uint32_t words[] = {function_->func_idx, loop};
  emitter_.emit_handler(kFamDraft.table[0], {&patience, 1}, words);
}

void Encoder::note_loop_entry(const Region& region) {
  if (!emitter_.ok()) return;
  LoopEntry& entry = loop_entries_[region.loop];
  entry.load = region.assigned;
  for_each_register(region.assigned, [&](unsigned reg) { entry.slots[reg] = static_cast<uint16_t>(physical(region.local_of[reg])); });
}

/// What loop_entry reads. A loop that has nothing in registers is entered at its header itself.
void Encoder::emit_loop_entries() {
  for (uint32_t loop = 0; emitter_.ok() && loop < loop_entries_.size(); ++loop) {
    LoopEntry& entry = loop_entries_[loop];
    const uint32_t header = labels_[function_->loops[loop].label].position;
    entry.position = entry.load == 0 ? header : emitter_.position();
    if (entry.load == 0) continue;
    emitter_.load(entry.load, entry.slots);
    emitter_.emit(Single::Jump, {}, {0});
    emitter_.patch(emitter_.position() - 4, emitter_.last_start(), header);
  }
  if (!emitter_.ok()) return;
  emitter_.pad_to_word();
  for (const LoopEntry& entry : loop_entries_) emitter_.append_word(entry.position);
  emitter_.append_word(static_cast<uint32_t>(loop_entries_.size()));
}

}  // namespace umber::interp
