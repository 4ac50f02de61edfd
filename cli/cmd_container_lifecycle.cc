// Containers of the daemon, what changes them: create, start, stop, kill, pause, unpause, restart, update, rollback, rm, wait.
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cli/command_container.h"
#include "cli/report.h"
#include "cli/units.h"

namespace umber::cli {
namespace {

using nlohmann::json;

/// What a container may use up, as create and update take it.
struct LimitValues {
  std::string memory, stack, timeout, priority;
  std::vector<std::string> limits;
  uint64_t fuel = 0;
  uint32_t weight = 0;

  void add_to(CLI::App& command);
  [[nodiscard]] bool collect(json& out) const;
};

void LimitValues::add_to(CLI::App& command) {
  command.add_option("--memory", memory, "Most linear memory")->type_name("BYTES");
  command.add_option("--stack", stack, "Size of the guest's call stack")->type_name("BYTES");
  command.add_option("--fuel", fuel, "Stop after about that many instructions")->type_name("N");
  command.add_option("--timeout", timeout, "Stop after that much time")->type_name("DURATION");
  command.add_option("--cpu-weight", weight, "Share of a busy processor, 10 to 1000; others have 100");
  command.add_option("--priority", priority, "low, normal or high");
  command.add_option("--limit", limits, "Any limit by its name in the HTTP interface, e.g. open_files=8, queue_events=128, log_bytes=1MiB")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false)
      ->take_all();
}

/// Adds a limit given as a size; false when it is none.
bool add_size(const char* option, const std::string& text, const char* field, json& limits) {
  if (text.empty()) return true;
  const std::optional<uint64_t> size = parse_size(text);
  if (size) limits[field] = *size;
  if (!size) report_error(std::string(option) + " " + text, "expected a size such as 65536, 64KiB or 2GiB");
  return size.has_value();
}

/// False when one is malformed; that is reported.
bool LimitValues::collect(json& out) const {
  if (!add_size("--memory", memory, "memory_bytes", out) || !add_size("--stack", stack, "stack_bytes", out)) return false;
  if (!timeout.empty()) {
    const std::optional<uint64_t> duration = parse_duration(timeout);
    if (!duration) {
      report_error("--timeout " + timeout, "expected a duration such as 500ms, 1.5s or 2m");
      return false;
    }
    out["run_time_ms"] = *duration / 1'000'000;
  }
  if (fuel != 0) out["fuel"] = fuel;
  if (weight != 0) out["cpu_weight"] = weight;
  if (!priority.empty()) out["priority"] = priority;
  for (const std::string& limit : limits) {
    const size_t equals = limit.find('=');
    const std::string value = equals == std::string::npos ? "" : limit.substr(equals + 1);
    const std::optional<uint64_t> number = parse_size(value);
    if (!number && value != "default") {
      report_error("--limit " + limit, "expected NAME=NUMBER, such as open_files=8 or heap_bytes=4MiB");
      return false;
    }
    out[limit.substr(0, equals)] = number ? json(*number) : json(nullptr);
  }
  return true;
}

struct CreateValues {
  DaemonOptions daemon;
  LimitValues limits;
  std::string image, name, entry, restart;
  std::vector<std::string> permissions, environment, args;
  bool start = false;
};

int create(const CreateValues& values) {
  json limits = json::object();
  if (!values.limits.collect(limits)) return kUsage;
  json request = {{"image", values.image}, {"limits", limits}, {"permissions", values.permissions}};
  if (!values.name.empty()) request["name"] = values.name;
  if (!values.entry.empty()) request["entry"] = values.entry;
  if (!values.restart.empty()) request["restart"] = values.restart;
  for (const std::string& variable : values.environment) {
    const char* here = variable.find('=') == std::string::npos ? std::getenv(variable.c_str()) : nullptr;
    request["env"].push_back(here == nullptr ? variable : variable + "=" + here);
  }
  if (!values.args.empty()) {
    request["args"] = values.args;
    request["args"].insert(request["args"].begin(), values.image);
  }
  json created, started;
  const DaemonClient client = values.daemon.client();
  if (!client.request_json("POST", "/v1/containers", request, created)) return kFailure;
  if (values.start && !client.request_json("POST", "/v1/containers/" + created.value("id", "") + "/start", nullptr, started)) return kFailure;
  std::printf("%s\n", values.daemon.is_json() ? created.dump().c_str() : created.value("id", "").c_str());
  return kSuccess;
}

void add_create(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<CreateValues>();
  CLI::App* command = app.add_subcommand("create", "Make a container from an image of umberd");
  command->add_option("--name", values->name, "What to call it");
  command->add_option("-p,--permit", values->permissions, "Grant a permission, e.g. dir:/data:/data:rw, timers, publish:a/#")
      ->type_name("GRANT")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--env", values->environment, "Set an environment variable, or pass on the one that is set here")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--restart", values->restart, "no, on-failure, on-failure:N or always")->type_name("POLICY");
  command->add_option("--entry", values->entry, "The exported function to run")->type_name("NAME");
  values->limits.add_to(*command);
  command->add_flag("--start", values->start, "Start it at once");
  values->daemon.add_to(*command);
  command->prefix_command();
  command->footer(
      "Options go before IMAGE; what stands behind it are the guest's arguments. Without --permit a container may do nothing\n"
      "but compute and print.\n\nExamples:\n  umber create --name blinky -p timers -p gpio:0/5:out blinky\n"
      "  umber create --start --restart always -p volume:db:/db server --port 80");
  command->callback([=, &exit_code] {
    std::vector<std::string> words = command->remaining();
    if (words.empty() || words[0].starts_with("-")) {
      const std::string what = words.empty() ? "no image given" : "unknown option " + words[0];
      report_error("create", what + "; see umber create --help");
      exit_code = kUsage;
      return;
    }
    values->image = words[0];
    values->args.assign(words.begin() + 1, words.end());
    exit_code = create(*values);
  });
}

struct ActValues {
  DaemonOptions daemon;
  std::vector<std::string> names;
  std::string grace = "10s";
  bool force = false;
};

/// The same request for each container named; what fails does not keep the others from being tried.
template <class Request>
int for_each(const ActValues& values, Request request) {
  int exit_code = kSuccess;
  for (const std::string& name : values.names) {
    if (request(values.daemon.client(), "/v1/containers/" + url_escape(name)))
      std::printf("%s\n", name.c_str());
    else
      exit_code = kFailure;
  }
  return exit_code;
}

void add_act(CLI::App& app, int& exit_code, const std::string& verb, const char* help) {
  auto values = std::make_shared<ActValues>();
  CLI::App* command = app.add_subcommand(verb, help);
  command->add_option("CONTAINER", values->names, "Name, id, or how the id begins")->required();
  const bool has_grace = verb == "stop" || verb == "restart" || verb == "rollback";
  if (has_grace) command->add_option("-t,--time", values->grace, "How long it may take to end by itself")->capture_default_str();
  values->daemon.add_to(*command);
  command->footer("Example:\n  umber " + verb + " blinky");
  command->callback([=, &exit_code] {
    const std::optional<uint64_t> grace = parse_duration(values->grace);
    if (!grace) {
      report_error("--time " + values->grace, "expected a duration such as 500ms or 10s");
      exit_code = kUsage;
      return;
    }
    const std::string query = has_grace ? "?grace_ms=" + std::to_string(*grace / 1'000'000) : "";
    exit_code = for_each(*values, [&](const DaemonClient& client, const std::string& path) {
      std::string out;
      return client.request("POST", path + "/" + verb + query, "", out);
    });
  });
}

struct UpdateValues {
  DaemonOptions daemon;
  LimitValues limits;
  std::string name, image, restart, grace = "10s", probation = "10s";
  std::vector<std::string> permit, revoke;
  bool detach = false;
};

/// Until the update has proven itself or was rolled back; a container that does not run does neither.
int await_update(const UpdateValues& values, json update) {
  const std::string path = "/v1/containers/" + url_escape(values.name);
  constexpr useconds_t kLookUs = 100'000;
  constexpr int kPatience = 50;  // looks at one that has ended: its rollback comes, unless somebody stopped it
  for (int ended = 0; update.value("state", "") == "probation" && ended < kPatience;) {
    usleep(kLookUs);
    json details;
    if (!values.daemon.client().request_json("GET", path, nullptr, details)) return kFailure;
    update = details.value("update", json::object());
    ended = is_live(details) ? 0 : ended + 1;
  }
  std::printf("%s\n", values.daemon.is_json() ? update.dump().c_str() : update.value("state", "").c_str());
  if (update.value("state", "") != "rolled-back") return kSuccess;
  report_error("update " + values.name, "rolled back to " + update.value("previous", "") + ": " + update.value("message", ""));
  return kFailure;
}

int update(const UpdateValues& values) {
  const std::optional<uint64_t> grace = parse_duration(values.grace), probation = parse_duration(values.probation);
  if (!grace || !probation) {
    report_error("update", "expected a duration such as 500ms or 10s");
    return kUsage;
  }
  json updated;
  json request = {{"probation_ms", *probation / 1'000'000}, {"grace_ms", *grace / 1'000'000}}, limits = json::object();
  if (!values.limits.collect(limits)) return kUsage;
  if (!values.image.empty()) request["image"] = values.image;
  if (!values.permit.empty()) request["permit"] = values.permit;
  if (!values.revoke.empty()) request["revoke"] = values.revoke;
  if (!values.restart.empty()) request["restart"] = values.restart;
  if (!limits.empty()) request["limits"] = limits;
  if (!values.daemon.client().request_json("POST", "/v1/containers/" + url_escape(values.name) + "/update", request, updated)) return kFailure;
  if (!values.detach && updated.value("running", false)) return await_update(values, updated["update"]);
  std::printf("%s\n", values.daemon.is_json() ? updated.dump().c_str() : values.name.c_str());
  return kSuccess;
}

void add_update(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<UpdateValues>();
  CLI::App* command = app.add_subcommand("update", "Change a container's image, permissions or limits; a bad change is rolled back by itself");
  command->add_option("CONTAINER", values->name, "Name, id, or how the id begins")->required();
  command->add_option("IMAGE", values->image, "What it is to run; without it, what it runs");
  command->add_option("-p,--permit", values->permit, "Grant one more permission")->type_name("GRANT")->allow_extra_args(false)->take_all();
  command->add_option("--revoke", values->revoke, "Take a permission back, as inspect shows it")
      ->type_name("GRANT")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--restart", values->restart, "no, on-failure, on-failure:N or always")->type_name("POLICY");
  values->limits.add_to(*command);
  command->add_option("-t,--time", values->grace, "How long the old one may take to end by itself")->capture_default_str();
  command->add_option("--probation", values->probation, "How long the new one has to run before it counts as good")->capture_default_str();
  command->add_flag("-d,--detach", values->detach, "Do not wait until it has proven itself");
  values->daemon.add_to(*command);
  command->footer(
      "It is started anew with what changes. Ends with 1 when that was rolled back. --limit NAME=default takes a limit back.\n\n"
      "Examples:\n  umber load blinky-2.wasm && umber update blinky blinky-2\n"
      "  umber update --memory 4MiB --revoke gpio:0/5:out -p gpio:0/6:out --restart always blinky");
  command->callback([=, &exit_code] { exit_code = update(*values); });
}

void add_rm(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<ActValues>();
  CLI::App* command = app.add_subcommand("rm", "Remove containers, their logs too (volumes stay)");
  command->add_option("CONTAINER", values->names)->required();
  command->add_flag("-f,--force", values->force, "Kill it first if it runs");
  values->daemon.add_to(*command);
  command->footer("Example:\n  umber rm --force blinky");
  command->callback([=, &exit_code] {
    exit_code = for_each(*values, [&](const DaemonClient& client, const std::string& path) {
      std::string out;
      return client.request("DELETE", path + (values->force ? "?force=1" : ""), "", out);
    });
  });
}

void add_wait(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<ActValues>();
  CLI::App* command = app.add_subcommand("wait", "Wait until a container has ended; exits with its code");
  command->add_option("CONTAINER", values->names)->required()->expected(1);
  values->daemon.add_to(*command);
  command->footer("Example:\n  umber wait job && echo done");
  command->callback([=, &exit_code] {
    json end;
    const std::string path = "/v1/containers/" + url_escape(values->names[0]) + "/wait";
    do {
      if (!values->daemon.client().request_json("POST", path, nullptr, end)) {
        exit_code = kFailure;
        return;
      }
    } while (end.is_null());
    std::printf("%s\n", values->daemon.is_json() ? end.dump().c_str() : end.value("kind", "").c_str());
    if (end.contains("message")) std::fprintf(stderr, "%s\n", end.value("message", "").c_str());
    exit_code = end.value("code", 0);
  });
}

}  // namespace

void add_container_commands(CLI::App& app, int& exit_code) {
  add_create(app, exit_code);
  add_act(app, exit_code, "start", "Start containers");
  add_act(app, exit_code, "stop", "Ask containers to end, and kill them when they don't");
  add_act(app, exit_code, "kill", "End containers at once");
  add_act(app, exit_code, "pause", "Stop containers where they are");
  add_act(app, exit_code, "unpause", "Let paused containers go on");
  add_act(app, exit_code, "restart", "Stop and start containers");
  add_update(app, exit_code);
  add_act(app, exit_code, "rollback", "Let containers run what they ran before their last update");
  add_rm(app, exit_code);
  add_wait(app, exit_code);
}

}  // namespace umber::cli
