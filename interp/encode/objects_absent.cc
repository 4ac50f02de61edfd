// A build without garbage-collected objects (UMBER_GC=OFF): in place of objects.cc and handlers/object.cc.
#include "interp/encode/encoder.h"

namespace umber::interp {

void Encoder::encode_object(const ir::Inst& inst) { encode_unsupported(inst); }

constinit const Family kFamStructGet{}, kFamStructSet{}, kFamArrayGet{}, kFamArraySet{}, kFamArrayLen{}, kFamI31{}, kFamRefTest{},
    kFamRefCast{}, kFamObject{};
StringRef shape_of(ObjectOp) { return {}; }

}  // namespace umber::interp
