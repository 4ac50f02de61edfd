// What the commands that talk to umberd share. They are in cmd_container_*.cc.
#pragma once

#include <cstdlib>

#include "cli/command.h"
#include "cli/daemon_client.h"

namespace umber::cli {

struct DaemonOptions {
  /// Not as an option's variable of CLI11: each subcommand's would overwrite what this one was given.
  std::string socket = std::getenv("UMBER_SOCKET") != nullptr ? std::getenv("UMBER_SOCKET") : "/run/umber/umber.sock";
  std::string format = "text";

  void add_to(CLI::App& command) {
    command.add_option("--socket", socket, "Where umberd listens (environment: UMBER_SOCKET)")->capture_default_str();
    command.add_option("--format", format, "How to print")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  }
  [[nodiscard]] DaemonClient client() const { return DaemonClient(socket); }
  [[nodiscard]] bool is_json() const { return format == "json"; }
};

/// Of a container as the daemon describes it: it runs, or is about to.
inline bool is_live(const nlohmann::json& container) {
  const std::string state = container.value("state", "");
  return state == "running" || state == "paused" || state == "stopping" || container.value("restart_pending", false);
}

void add_image_commands(CLI::App& app, int& exit_code);
void add_container_commands(CLI::App& app, int& exit_code);
void add_container_views(CLI::App& app, int& exit_code);

}  // namespace umber::cli
