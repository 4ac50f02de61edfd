// Containers of the daemon, what shows them: ps, inspect, stats, logs, events.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>

#include "cli/command_container.h"
#include "cli/report.h"
#include "cli/units.h"

namespace umber::cli {
namespace {

using nlohmann::json;

struct ViewValues {
  DaemonOptions daemon;
  std::string name, since, tail;
  std::vector<std::string> names;
  bool all = false;
  bool follow = false;
  bool quiet = false;
};

std::string state_of(const json& container) {
  std::string state = container.value("state", "");
  if (state == "exited" && container.contains("exit"))
    state = container["exit"].value("kind", "") + " (" + std::to_string(container["exit"].value("code", 0)) + ")";
  return container.value("restart_pending", false) ? state + ", restarting" : state;
}

int list(const ViewValues& values) {
  json containers;
  if (!values.daemon.client().request_json("GET", "/v1/containers", nullptr, containers)) return kFailure;
  if (!values.all) containers.erase(std::remove_if(containers.begin(), containers.end(), std::not_fn(is_live)), containers.end());
  if (values.daemon.is_json()) {
    std::printf("%s\n", containers.dump(1).c_str());
    return kSuccess;
  }
  if (values.quiet) {
    for (const json& each : containers) std::printf("%s\n", each.value("id", "").c_str());
    return kSuccess;
  }
  std::printf("%-14s %-20s %-24s %s\n", "ID", "NAME", "IMAGE", "STATE");
  for (const json& each : containers)
    std::printf("%-14s %-20s %-24s %s\n", each.value("id", "").c_str(), each.value("name", "").c_str(), each.value("image", "").c_str(),
                state_of(each).c_str());
  return kSuccess;
}

int show(const ViewValues& values) {
  json container;
  if (!values.daemon.client().request_json("GET", "/v1/containers/" + url_escape(values.name), nullptr, container)) return kFailure;
  std::printf("%s\n", container.dump(1).c_str());
  return kSuccess;
}

/// Those named, or all that run. False: stderr says why.
bool collect_stats(const ViewValues& values, json& out) {
  const DaemonClient client = values.daemon.client();
  std::vector<std::string> names = values.names;
  json all;
  if (names.empty() && !client.request_json("GET", "/v1/containers", nullptr, all)) return false;
  for (const json& each : all)
    if (is_live(each)) names.push_back(each.value("id", ""));
  out = json::array();
  for (const std::string& name : names) {
    json container;
    if (client.request_json("GET", "/v1/containers/" + url_escape(name) + "/stats", nullptr, container))
      out.push_back(container);
    else if (!values.names.empty())
      return false;
  }
  return true;
}

void print_stats(const json& containers) {
  std::printf("%-20s %-10s %12s %12s %14s %12s %8s %8s %12s\n", "NAME", "STATE", "MEMORY", "HOST", "FUEL", "HOST CALLS", "QUEUED", "DROPPED",
              "VOLUMES");
  for (const json& each : containers) {
    const json usage = each.value("usage", json::object());
    const auto number = [&](const char* name) { return static_cast<unsigned long long>(usage.value(name, 0ull)); };
    std::printf("%-20s %-10s %12llu %12llu %14llu %12llu %8llu %8llu %12llu\n", each.value("name", "").c_str(), each.value("state", "").c_str(),
                number("memory_bytes"), number("host_bytes"), number("fuel"), number("host_calls"), number("queue_events"),
                number("queue_dropped"), number("volume_bytes"));
  }
}

int show_stats(const ViewValues& values) {
  json containers;
  do {
    if (!collect_stats(values, containers)) return kFailure;
    if (values.daemon.is_json())
      std::printf("%s\n", containers.dump().c_str());
    else
      print_stats(containers);
    std::fflush(stdout);
  } while (values.follow && sleep(1) == 0);
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

/// "10m" is that long ago; anything else is a time, compared as text.
std::string time_of(const std::string& since) {
  const std::optional<uint64_t> ago = parse_duration(since);
  if (!ago) return since;
  const time_t then = time(nullptr) - static_cast<time_t>(*ago / 1'000'000'000);
  tm parts;
  gmtime_r(&then, &parts);
  char text[32];
  return std::string(text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
}

int show_logs(const ViewValues& values) {
  const std::string query = "?follow=" + std::string(values.follow ? "1" : "0") + "&since=" + url_escape(time_of(values.since)) +
                            (values.tail.empty() ? "" : "&tail=" + url_escape(values.tail));
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
  ps->add_flag("-q,--quiet", values->quiet, "Only their ids");
  ps->footer("Examples:\n  umber ps --all\n  umber rm $(umber ps -aq)\n  umber ps --format json");
  ps->callback([=, &exit_code] { exit_code = list(*values); });

  CLI::App* inspect = app.add_subcommand("inspect", "Everything about a container, as JSON: what it asked for and what it got");
  inspect->add_option("CONTAINER", values->name)->required();
  inspect->footer("Example:\n  umber inspect blinky\n`imports` lists what the module imports that takes a grant, and whether it has it.");
  inspect->callback([=, &exit_code] { exit_code = show(*values); });

  CLI::App* stats = app.add_subcommand("stats", "What containers use now");
  stats->add_option("CONTAINER", values->names, "All that run, if none is named");
  stats->add_flag("-f,--follow", values->follow, "Again every second");
  stats->footer("Examples:\n  umber stats\n  umber stats --follow blinky");
  stats->callback([=, &exit_code] { exit_code = show_stats(*values); });

  CLI::App* logs = app.add_subcommand("logs", "What a container has written");
  logs->add_option("CONTAINER", values->name)->required();
  logs->add_flag("-f,--follow", values->follow, "Go on until it ends");
  logs->add_option("--since", values->since, "Only what came later: a time such as 2026-01-31T12:00:00 (UTC), or 10m for ten minutes ago")
      ->type_name("TIME");
  logs->add_option("-n,--tail", values->tail, "Of what there is, only the last lines")->type_name("LINES");
  logs->footer("Examples:\n  umber logs --follow blinky\n  umber logs --since 1h --format json blinky");
  logs->callback([=, &exit_code] { exit_code = show_logs(*values); });

  CLI::App* events = app.add_subcommand("events", "What happens to containers, as it happens");
  events->add_flag("--all", values->all, "From the daemon's start on");
  auto standing = std::make_shared<bool>(false);
  events->add_flag("--no-follow", *standing, "Only what there is");
  events->footer("Examples:\n  umber events\n  umber events --all --no-follow --format json");
  events->callback([=, &exit_code] {
    values->follow = !*standing;
    exit_code = show_events(*values);
  });
  for (CLI::App* command : {ps, inspect, stats, logs, events}) values->daemon.add_to(*command);
}

}  // namespace umber::cli
