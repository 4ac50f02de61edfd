// `umber run` for a guest that needs what only containers have (timers, messages, pins, sensors): one container in this process, without a
// daemon. It may do what it is permitted and nothing else.
#pragma once

#include <string>
#include <vector>

#include "cli/guest.h"

namespace umber::cli {

/// Whether the module imports functions of containers: of module `umber`, or of the Ocre SDK.
[[nodiscard]] bool needs_container(const wasm::Module& module);

/// Runs `bytes`, a module or an image for this machine, to its end; its standard streams are this process's.
/// `grants`: as for `umber create --permit`. The exit code is the container's; messages go to stderr.
[[nodiscard]] int run_container(std::span<const uint8_t> bytes, const GuestOptions& options, const std::vector<std::string>& grants);

}  // namespace umber::cli
