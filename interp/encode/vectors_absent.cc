// A build without vectors (UMBER_SIMD=OFF): in place of vectors.cc and vector_pairs.cc.
#include "interp/encode/encoder.h"

namespace umber::interp {

void Encoder::encode_vector(const ir::Inst& inst, Selection) { encode_unsupported(inst); }
void Encoder::encode_vector_access(const ir::Inst& inst, Selection) { encode_unsupported(inst); }

}  // namespace umber::interp
