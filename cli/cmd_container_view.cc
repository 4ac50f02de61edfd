// Containers of the daemon, what shows them: ps, inspect, stats, logs, events.
#include <cstdio>
#include <memory>

#include "cli/command_container.h"

namespace umber::cli {
namespace {

using nlohmann::json;

struct ViewValues {
  DaemonOptions daemon;
  std::string name, since;
  bool all = false;
  bool follow = false;
};

std::string state_of(const json& container) {
  std::string state = container.value("state", "");
  if (state == "exited" && container.contains("exit"))
    state = container["exit"].value("kind", "") + " (" + std::to_string(container["exit"].value("code", 0)) + ")";
  return container.value("restart_pending", false) ? state + ", restarting" : state;
}

bool is_live(const json& container) {
  const std::string state = container.value("state", "");
  return state == "running" || state == "paused" || state == "stopping" || container.value("restart_pending", false);
}

int list(const ViewValues& values) {
  json containers;
  if (!values.daemon.client().request_json("GET", "/v1/containers", nullptr, containers)) return kFailure;
  if (values.daemon.is_json()) {
    std::printf("%s\n", containers.dump(1).c_str());
    return kSuccess;
  }
  std::printf("%-14s %-20s %-24s %s\n", "ID", "NAME", "IMAGE", "STATE");
  for (const json& each : containers)
    if (values.all || is_live(each))
      std::printf("%-14s %-20s %-24s %s\n", each.value("id", "").c_str(), each.value("name", "").c_str(), each.value("image", "").c_str(),
                  state_of(each).c_str());
  return kSuccess;
}

int show(const ViewValues& values, const char* suffix) {
  json container;
  if (!values.daemon.client().request_json("GET", "/v1/containers/" + url_escape(values.name) + suffix, nullptr, container)) return kFailure;
  std::printf("%s\n", (*suffix == 0 ? container : container["usage"]).dump(1).c_str());
  return kSuccess;
}

/// Hands complete lines of a stream to `print`.
int stream(const DaemonOptions& daemon, const std::string& path, const std::function<void(const std::string&)>& print) {
  std::string partial, ignored;
  const bool done = daemon.client().request("GET", path, "", ignored, [&](std::string_view piece) {
    partial += piece;
    for (size_t end = 0; (end = partial.find('\n')) != std::string::npos;) {
      print(partial.substr(0, end));
      partial.erase(0, end + 1);
    }
    std::fflush(stdout);
    return true;
  });
  return done ? kSuccess : kFailure;
}

int show_logs(const ViewValues& values) {
  const std::string query = "?follow=" + std::string(values.follow ? "1" : "0") + "&since=" + url_escape(values.since);
  return stream(values.daemon, "/v1/containers/" + url_escape(values.name) + "/logs" + query, [&](const std::string& line) {
    const json entry = json::parse(line, nullptr, false);
    if (values.daemon.is_json() || !entry.is_object()) {
      std::printf("%s\n", line.c_str());
      return;
    }
    std::fprintf(entry.value("stream", "") == "stderr" ? stderr : stdout, "%s\n", entry.value("text", "").c_str());
  });
}

int show_events(const ViewValues& values) {
  const std::string query = std::string("?all=") + (values.all ? "1" : "0") + "&follow=" + (values.follow ? "1" : "0");
  return stream(values.daemon, "/v1/events" + query, [&](const std::string& line) {
    const json event = json::parse(line, nullptr, false);
    if (values.daemon.is_json() || !event.is_object()) {
      std::printf("%s\n", line.c_str());
      return;
    }
    std::printf("%s %s %s%s\n", event.value("time", "").c_str(), event.value("event", "").c_str(), event.value("name", "").c_str(),
                event.contains("exit") ? (" " + event["exit"].dump()).c_str() : "");
  });
}

}  // namespace

void add_container_views(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<ViewValues>();
  CLI::App* ps = app.add_subcommand("ps", "List umberd's running containers");
  ps->add_flag("-a,--all", values->all, "Those that do not run too");
  ps->callback([=, &exit_code] { exit_code = list(*values); });

  CLI::App* inspect = app.add_subcommand("inspect", "Everything about a container, as JSON: what it asked for and what it got");
  inspect->add_option("CONTAINER", values->name)->required();
  inspect->callback([=, &exit_code] { exit_code = show(*values, ""); });

  CLI::App* stats = app.add_subcommand("stats", "What a container uses now");
  stats->add_option("CONTAINER", values->name)->required();
  stats->callback([=, &exit_code] { exit_code = show(*values, "/stats"); });

  CLI::App* logs = app.add_subcommand("logs", "What a container has written");
  logs->add_option("CONTAINER", values->name)->required();
  logs->add_flag("-f,--follow", values->follow, "Go on until it ends");
  logs->add_option("--since", values->since, "Only what came later, e.g. 2026-01-31T12:00:00")->type_name("TIME");
  logs->callback([=, &exit_code] { exit_code = show_logs(*values); });

  CLI::App* events = app.add_subcommand("events", "What happens to containers, as it happens");
  events->add_flag("--all", values->all, "From the daemon's start on");
  events->add_flag("!--no-follow", values->follow, "Only what there is")->default_val(true);
  events->callback([=, &exit_code] { exit_code = show_events(*values); });
  for (CLI::App* command : {ps, inspect, stats, logs, events}) values->daemon.add_to(*command);
}

}  // namespace umber::cli
