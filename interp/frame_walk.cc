#include "interp/frame_walk.h"

#include "interp/module_code.h"
#include "runtime/instance.h"

namespace umber::interp {

const Code* FrameWalk::function() const {
  return static_cast<ModuleCode*>(ctx_->instance->tier_state)->find(is_return_address_ ? pc_ - 1 : pc_);
}

bool FrameWalk::to_caller(const Code* function) {
  const Slot* link = fp_ + header_of(function).link;
  pc_ = reinterpret_cast<const Code*>(static_cast<uintptr_t>(link[0].bits));
  fp_ = reinterpret_cast<Slot*>(static_cast<uintptr_t>(link[1].bits));
  is_return_address_ = true;
  while (pc_ == activation_.cross_code) {
    const auto& cross = *reinterpret_cast<const CrossFrame*>(fp_);
    ctx_ = cross.ctx;
    pc_ = cross.return_pc;
    fp_ = cross.fp;
  }
  return pc_ != activation_.exit_code;
}

}  // namespace umber::interp
