// A build without vectors (UMBER_SIMD=OFF): in place of vectors.cc and vector_pairs.cc.
#include "interp/encode/encoder.h"

namespace umber::interp {

void Encoder::encode_vector(const ir::Inst& inst, Selection) { encode_unsupported(inst); }
void Encoder::encode_vector_access(const ir::Inst& inst, Selection) { encode_unsupported(inst); }

bool Encoder::branch_on_vector(const Condition&, bool, uint32_t) { return false; }

}  // namespace umber::interp
