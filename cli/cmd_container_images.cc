// Images of the daemon: load, save, build, images, rmi.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "cli/command_container.h"
#include "cli/input.h"
#include "cli/report.h"

namespace umber::cli {
namespace {

namespace fs = std::filesystem;

bool read_whole(const fs::path& path, std::string& out) {
  std::ifstream file(path, std::ios::binary);
  if (file) out.assign(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open()) report_error(path.string(), "cannot be read");
  return file.is_open();
}

/// One entry of a ustar archive (POSIX.1-1988). False when the name is too long for it.
bool append_tar(std::string& tar, const std::string& name, const std::string& content) {
  char header[512] = {};
  if (name.size() >= 100 || content.size() >= (uint64_t{1} << 33)) return false;
  std::snprintf(header, 100, "%s", name.c_str());
  std::snprintf(header + 100, 8, "0000644");
  std::snprintf(header + 108, 8, "0000000");
  std::snprintf(header + 116, 8, "0000000");
  std::snprintf(header + 124, 12, "%011llo", static_cast<unsigned long long>(content.size()));
  std::snprintf(header + 136, 12, "00000000000");
  std::fill_n(header + 148, 8, ' ');
  header[156] = '0';
  std::copy_n("ustar\00000", 8, header + 257);
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(header + 148, 8, "%06o", sum);
  tar.append(header, sizeof header).append(content);
  tar.append((512 - content.size() % 512) % 512, '\0');
  return true;
}

/// A folder as a tar.
bool pack_folder(const fs::path& folder, std::string& tar) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::string content;
    const std::string name = fs::relative(entry.path(), folder).string();
    if (!read_whole(entry.path(), content)) return false;
    if (append_tar(tar, name, content)) continue;
    report_error(name, "the name or the file is too long for a tar archive");
    return false;
  }
  tar.append(1024, '\0');
  return true;
}

/// A module in text form becomes a binary one; everything else goes as it is, for the daemon to judge.
bool read_image(const fs::path& path, std::string& out) {
  if (fs::is_directory(path)) return pack_folder(path, out);
  if (path.extension() != ".wat") return read_whole(path, out);
  Input input;
  if (!input.open(path)) return false;
  out.assign(input.bytes().begin(), input.bytes().end());
  return true;
}

int send_image(const DaemonOptions& options, const char* verb, const std::string& path, const std::string& name) {
  std::string bytes;
  if (!read_image(path, bytes)) return kFailure;
  std::string wanted = name;
  if (wanted.empty() && (path.ends_with(".wasm") || path.ends_with(".wat") || path.ends_with(".umb"))) wanted = fs::path(path).stem().string();
  std::string text;
  if (!options.client().request("POST", std::string("/v1/images/") + verb + "?name=" + url_escape(wanted), bytes, text)) return kFailure;
  const nlohmann::json image = nlohmann::json::parse(text, nullptr, false);
  std::printf("%s %s\n", image.value("name", "").c_str(), image.value("digest", "").c_str());
  return kSuccess;
}

int save_image(const DaemonOptions& options, const std::string& name, const std::string& file) {
  std::string tar;
  if (!options.client().request("GET", "/v1/images/save?name=" + url_escape(name), "", tar)) return kFailure;
  std::ofstream out(file, std::ios::binary);
  out.write(tar.data(), static_cast<std::streamsize>(tar.size()));
  if (out.flush()) return kSuccess;
  report_error(file, "cannot be written");
  return kFailure;
}

int list_images(const DaemonOptions& options) {
  nlohmann::json images;
  if (!options.client().request_json("GET", "/v1/images", nullptr, images)) return kFailure;
  if (options.is_json()) {
    std::printf("%s\n", images.dump(1).c_str());
    return kSuccess;
  }
  std::printf("%-30s %-20s %10s\n", "NAME", "DIGEST", "SIZE");
  for (const nlohmann::json& image : images)
    std::printf("%-30s %-20s %10llu\n", image.value("name", "").c_str(), image.value("digest", "").substr(0, 19).c_str(),
                static_cast<unsigned long long>(image.value("size", 0ull)));
  return kSuccess;
}

}  // namespace

void add_image_commands(CLI::App& app, int& exit_code) {
  struct Values {
    DaemonOptions daemon;
    std::string path, name, output;
  };
  auto values = std::make_shared<Values>();
  CLI::App* load = app.add_subcommand("load", "Give umberd an image: a .wasm, .wat or .umb file, or an OCI layout as a folder or tar");
  load->add_option("PATH", values->path)->required();
  load->add_option("--name", values->name, "What to call it");
  load->footer("Examples:\n  umber load hello.wasm\n  skopeo copy docker://host/app oci-archive:app.tar && umber load app.tar --name app");
  load->callback([=, &exit_code] { exit_code = send_image(values->daemon, "load", values->path, values->name); });

  CLI::App* build = app.add_subcommand("build", "Make an image from a folder with an umber.json");
  build->add_option("FOLDER", values->path)->required()->check(CLI::ExistingDirectory);
  build->add_option("--name", values->name, "What to call it, if not as umber.json says");
  build->footer("Example of umber.json:\n  {\"name\": \"blinky\", \"module\": \"blinky.wasm\", \"permissions\": [\"timers\", \"gpio:0/5:out\"]}");
  build->callback([=, &exit_code] { exit_code = send_image(values->daemon, "build", values->path, values->name); });

  CLI::App* save = app.add_subcommand("save", "Write an image as an OCI layout in a tar");
  save->add_option("IMAGE", values->name)->required();
  save->add_option("-o,--output", values->output, "The file to write")->required();
  save->footer("Example:\n  umber save blinky -o blinky.tar && skopeo inspect --raw oci-archive:blinky.tar");
  save->callback([=, &exit_code] { exit_code = save_image(values->daemon, values->name, values->output); });

  CLI::App* images = app.add_subcommand("images", "List umberd's images");
  images->footer("Example:\n  umber images --format json");
  images->callback([=, &exit_code] { exit_code = list_images(values->daemon); });

  CLI::App* rmi = app.add_subcommand("rmi", "Remove an image that no container uses");
  rmi->add_option("IMAGE", values->name)->required();
  rmi->footer("Example:\n  umber rmi blinky");
  rmi->callback([=, &exit_code] {
    std::string out;
    const bool done = values->daemon.client().request("DELETE", "/v1/images?name=" + url_escape(values->name), "", out);
    exit_code = done ? kSuccess : kFailure;
  });
  for (CLI::App* command : {load, build, save, images, rmi}) values->daemon.add_to(*command);
}

}  // namespace umber::cli
