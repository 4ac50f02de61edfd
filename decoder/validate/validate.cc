#include "decoder/validate/validate.h"

#include "decoder/validate/function_validator.h"

namespace umber::wasm {

template class FunctionValidator<NullSink>;

Status validate(const Module& module, Allocator& allocator) {
  UMBER_TRY(validate_declarations(module, allocator));
  NullSink sink;
  FunctionValidator<NullSink> validator(module, allocator, sink);
  for (uint32_t i = module.imported_functions; i < module.functions.size(); ++i)
    if (!validator.validate_body(i)) return validator.error();
  return {};
}

Status validate_function(const Module& module, uint32_t func_idx, Allocator& allocator) {
  NullSink sink;
  FunctionValidator<NullSink> validator(module, allocator, sink);
  if (!validator.validate_body(func_idx)) return validator.error();
  return {};
}

}  // namespace umber::wasm
