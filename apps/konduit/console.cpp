#include "console.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace konduit::app {
namespace {

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kMagenta = "\x1b[35m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view colour_of(char first) {
  switch (first) {
    case '+': return kGreen;
    case '-': return kRed;
    case '~': return kYellow;
    case '!': return kMagenta;
    default: return {};
  }
}

std::string coloured(const config::Problem& problem) {
  const bool error = problem.severity == config::Severity::error;
  const std::string_view word = error ? ": error: " : ": warning: ";
  std::string text = problem.text();
  const auto at = text.find(word);
  if (at == std::string::npos) return text;
  text.insert(at + word.size() - 1, kPlain);
  return text.insert(at + 2, error ? kRed : kYellow);
}

}  // namespace

bool is_colourful(int descriptor) {
  const char* unwanted = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (unwanted == nullptr || *unwanted == '\0');
}

void print(const config::Problems& problems) {
  if (!is_colourful(STDERR_FILENO)) {
    std::cerr << problems.text();
    return;
  }
  for (const auto& problem : problems.sorted()) std::cerr << coloured(problem) << '\n';
}

void print(const std::vector<std::string>& errors) {
  for (const auto& error : errors) std::cerr << error << '\n';
}

void print_changes(std::string_view lines) {
  const bool colourful = is_colourful(STDOUT_FILENO);
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    const std::string_view colour = colourful && !line.empty() ? colour_of(line.front()) : std::string_view{};
    std::cout << colour << line << (colour.empty() ? std::string_view{} : kPlain) << '\n';
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
}

}  // namespace konduit::app
