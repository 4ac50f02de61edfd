#include "cli/load.h"

#include "cli/report.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"

namespace umber::cli {

/// An image that can't run here may hold the whole module, to be interpreted instead.
Status LoadedModule::open_image(std::span<const uint8_t>& module) {
  const Result<aot::Image> image = aot::open_image(input_.bytes());
  if (!image.ok()) return image.error();
  module = image.value().module;
  const Status runs = aot::check_host(image.value(), aot::this_host(sizeof(void*) == 8));
  if (runs.ok()) {
    image_ = image.value();
  } else if ((image.value().header->flags & aot::kImageWholeModule) == 0) {
    return runs;
  } else {
    report_error(input_.path(), std::string(runs.error().message().str().data(), runs.error().message().str().size()) + "; it is interpreted instead");
  }
  return {};
}

bool LoadedModule::load(const std::string& file, wasm::Features features, Bodies bodies) {
  if (!input_.open(file)) return false;
  std::span<const uint8_t> bytes = input_.bytes();
  Status status;
  if (aot::is_image(bytes)) status = open_image(bytes);
  if (status.ok()) status = wasm::parse(bytes, features, module_);
  const bool later = bodies == Bodies::Later && image() == nullptr;
  if (status.ok()) status = later ? wasm::validate_declarations(module_, allocator_) : wasm::validate(module_, allocator_);
  if (status.ok()) return true;
  report_error(file, status.error());
  return false;
}

}  // namespace umber::cli
