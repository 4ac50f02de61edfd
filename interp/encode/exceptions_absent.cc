// A build without exceptions (UMBER_EXCEPTIONS=OFF): in place of exceptions.cc. Without throws no handler is ever looked for.
#include "interp/encode/encoder.h"

namespace umber::interp {

void Encoder::open_landings() {}
void Encoder::encode_throw(const ir::Inst& inst) { encode_unsupported(inst); }
void Encoder::write_handlers() {}

}  // namespace umber::interp
