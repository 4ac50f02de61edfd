// If the engine crashes, says which command of which script it was running: the process is gone, but not the place.
#pragma once

#include <cstdint>
#include <string>

namespace umber::spectest {

/// Installs handlers for the fatal signals; call once, before any engine installs its own.
void install_crash_note();
/// What runs from now on.
void note_file(const std::string& path);
void note_line(uint32_t line);

}  // namespace umber::spectest
