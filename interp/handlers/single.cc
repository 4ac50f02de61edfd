// The table of the operations that have one handler each.
#include "interp/handlers/calls.h"

namespace umber::interp {
namespace {

constexpr Handler kHandlers[] = {
#define SINGLE(id, text, shape) &handler<single::id>,
#include "interp/singles.def"
#undef SINGLE
};
constexpr StringRef kNames[] = {
#define SINGLE(id, text, shape) text,
#include "interp/singles.def"
#undef SINGLE
};
constexpr StringRef kShapes[] = {
#define SINGLE(id, text, shape) shape,
#include "interp/singles.def"
#undef SINGLE
};

StringRef name_of_single(unsigned op) { return kNames[op]; }

}  // namespace

constinit const Family kFamSingle = {"", kHandlers, name_of_single, "?", kSingleCount, {}};

StringRef shape_of(Single op) { return kShapes[static_cast<unsigned>(op)]; }

}  // namespace umber::interp
