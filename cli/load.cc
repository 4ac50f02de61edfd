#include "cli/load.h"

#include "cli/report.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"

namespace umber::cli {

bool LoadedModule::load(const std::string& file, wasm::Features features) {
  if (!input_.open(file)) return false;
  Status status = wasm::parse(input_.bytes(), features, module_);
  if (status.ok()) status = wasm::validate(module_, allocator_);
  if (status.ok()) return true;
  report_error(file, status.error());
  return false;
}

}  // namespace umber::cli
