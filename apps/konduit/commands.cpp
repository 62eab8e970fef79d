#include "commands.hpp"

#include <iomanip>
#include <iostream>
#include <memory>

#include "config/inventory.hpp"
#include "configured.hpp"
#include "console.hpp"
#include "konduit/fingerprint.hpp"
#include "runtime/platform.hpp"

namespace konduit::app {

namespace {

telemetry::LogSettings log_settings(const config::TelemetryConfig& config) {
  return {
      .level = config.log_level,
      .format = config.log_format == config::LogFormat::json ? telemetry::LogFormat::json : telemetry::LogFormat::text,
      .file = config.log_file,
      .stderr_level = config.log_stderr_level};
}

/// Reads and checks a file with what is loaded already.
std::optional<config::Configuration> read_again(const runtime::Platform& platform, const std::string& file,
                                                config::Problems& problems) {
  const auto document = config::read_file(file, problems);
  auto configuration = document ? platform.configure(*document, problems) : std::nullopt;
  return problems.ok() ? std::move(configuration) : std::nullopt;
}

enum class Purpose : std::uint8_t { run, validate, test };

/// A document that has passed every check, with all its components made. Null if it has not: the reasons are printed.
struct Checked {
  runtime::Platform platform{KONDUIT_VERSION};
  std::unique_ptr<runtime::Instance> instance;
};

std::unique_ptr<Checked> check(const std::optional<config::Node>& document, config::Problems& problems,
                               Purpose purpose) {
  auto checked = std::make_unique<Checked>();
  std::vector<std::string> refused;
  if (auto configuration = configured(checked->platform, document, problems, refused)) {
    auto log = log_settings(configuration->telemetry);
    if (purpose != Purpose::run) log.file.clear();
    checked->platform.open_log(log);
    checked->instance = std::make_unique<runtime::Instance>(checked->platform, std::move(*configuration));
    if (purpose != Purpose::test) checked->instance->create(checked->platform.plugins(), problems);
  }
  print(problems);
  print(refused);
  return problems.ok() && checked->instance ? std::move(checked) : nullptr;
}

int run(Checked& checked, const runtime::RunOptions& options) {
  const auto failures = checked.instance->run(options);
  print(failures);
  return failures.empty() ? kOk : kFailed;
}

}  // namespace

int run_file(const std::string& file, runtime::RunOptions options) {
  FileStamps stamps(file == "-" ? std::vector<std::string>() : std::vector<std::string>{file});
  config::Problems problems;
  const auto checked = check(config::read_file(file, problems), problems, Purpose::run);
  if (!checked) return kConfiguration;
  if (file != "-") {
    options.source = {
        [&platform = checked->platform, file](config::Problems& found) { return read_again(platform, file, found); },
        std::move(stamps)};
  }
  return run(*checked, options);
}

int run(const std::optional<config::Node>& document, config::Problems& problems, const runtime::RunOptions& options) {
  const auto checked = check(document, problems, Purpose::run);
  return checked ? run(*checked, options) : int{kConfiguration};
}

int validate_file(const std::string& file, bool provision) {
  config::Problems problems;
  const auto checked = check(config::read_file(file, problems), problems, Purpose::validate);
  if (!checked) return kConfiguration;
  if (provision) {
    const auto failures = checked->instance->provision();
    print(failures);
    if (!failures.empty()) return kFailed;
  }
  std::cout << "valid\n";
  return kOk;
}

int test_file(const std::string& file) {
  config::Problems problems;
  const auto checked = check(config::read_file(file, problems), problems, Purpose::test);
  if (!checked) return kConfiguration;
  config::Problems findings;
  const std::size_t tests = checked->instance->tests();
  const auto otherwise = checked->instance->rehearse(checked->platform.plugins(), findings);
  print(findings);
  if (!otherwise) return kConfiguration;
  std::cout << tests - *otherwise << " of " << tests << " dials came as expected\n";
  return *otherwise == 0 ? kOk : kFailed;
}

int list_components(const config::PluginsConfig& plugins) {
  runtime::Platform platform(KONDUIT_VERSION);
  const auto errors = platform.load(plugins);
  print(errors);
  for (const auto kind : config::kComponentKinds) {
    for (const auto type : platform.plugins().types(kind)) {
      const auto* descriptor = platform.plugins().find(kind, type);
      std::cout << std::left << std::setw(14) << to_string(kind) << std::setw(16) << type << std::setw(16)
                << platform.plugins().plugin(kind, type) << descriptor->summary << '\n';
    }
  }
  return errors.empty() ? kOk : kConfiguration;
}

int write_plugin_project(const scaffold::PluginProject& project) {
  try {
    const auto files = scaffold::write_project(project, scaffold::template_folder(), scaffold::plugin_folder());
    const auto folder = project.folder.empty() ? project.name : project.folder.string();
    for (const auto& file : files) std::cout << folder << '/' << file.string() << '\n';
    std::cout << "\nNow: cd " << folder << " && cmake -B build && cmake --build build && ctest --test-dir build\n";
    return kOk;
  } catch (const std::exception& error) {
    std::cerr << "konduit: " << error.what() << '\n';
    return kUsage;
  }
}

int print_version() {
  std::cout << "konduit " KONDUIT_VERSION "\nplugin interface " << KONDUIT_SDK_MAJOR << '.' << KONDUIT_SDK_MINOR << ", "
            << KONDUIT_FINGERPRINT << '\n';
  return kOk;
}

}  // namespace konduit::app
