// A script as a command stream (format.h). What only a host can do, reading text and refusing what is malformed or invalid, is
// left out: those commands are counted as skipped with a reason, so that nothing disappears.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "spec-tests/report.h"
#include "spec-tests/text/script.h"

namespace umber::spectest {

/// What the device gets for a valid binary module: an image, or the bytes themselves.
using MakePayload = std::function<Result<std::vector<uint8_t>>(std::vector<uint8_t> wasm)>;

/// `alignment`: of images in the stream, in bytes. Skipped and failed commands go to `report`.
[[nodiscard]] std::vector<uint8_t> write_stream(const std::vector<text::Command>& commands, const MakePayload& make_payload,
                                                uint32_t alignment, FileReport& report);

}  // namespace umber::spectest
