// A build without vectors (UMBER_SIMD=OFF): in place of vector.cc, vector_binary.cc, vector_pairs.cc and vector_memory.cc.
#include "interp/families.h"
#include "interp/vector_families.h"

namespace umber::interp {

constinit const Family kFamVectorUnary{}, kFamVectorBinary{}, kFamVectorTernary{}, kFamVectorShift{}, kFamShuffle{}, kFamSplatInt{},
    kFamSplatFloat{}, kFamVectorTest{}, kFamExtractInt{}, kFamExtractFloat{}, kFamReplaceInt{}, kFamReplaceFloat{}, kFamAnyVector{}, kFamVectorLoadOp{}, kFamVectorOpLoad{},
    kFamVectorOpStore{}, kFamVectorProduct{}, kFamVectorLoadProduct{}, kFamVectorLoadIndexed{}, kFamVectorStoreIndexed{}, kFamVectorTestBranch{};
constinit const VectorAccesses kGuardedVectors{}, kCheckedVectors{};

}  // namespace umber::interp
