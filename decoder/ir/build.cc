#include "decoder/ir/build.h"
