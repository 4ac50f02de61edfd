// The daemon's HTTP interface on a unix socket, described in openapi.json.
#pragma once

#include <atomic>

#include "daemon/engine.h"

namespace umber::daemon {

/// Serves until `stop` becomes true. The socket is created with mode 0660; an old one is replaced. Failure when it cannot be.
void serve(Engine& engine, const fs::path& socket_path, const std::atomic<bool>& stop);

}  // namespace umber::daemon
