#include "chaos/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "chaos/patience.hpp"

namespace konduit::chaos {

namespace {

using Row = std::array<std::string, 8>;

std::string seconds_or_none(const std::optional<double>& value) { return value ? in_seconds(*value) : "-"; }

std::string verdict_of(const Result& result) {
  if (!result.skipped.empty()) return "skipped";
  return result.failures.empty() ? "held" : "FAILED";
}

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

std::string figures_of(const Result& result) {
  std::string text;
  for (const auto& [name, value] : result.figures) text += (text.empty() ? "" : "; ") + name + " " + value;
  return text;
}

/// Why it did not hold, or was not played; else what was measured.
std::string reason_of(const Result& result) {
  if (!result.skipped.empty()) return result.skipped;
  if (result.failures.empty()) return figures_of(result);
  std::string text;
  for (const std::string& failure : result.failures) text += (text.empty() ? "" : "; ") + failure;
  return text;
}

Row row_of(const Result& result) {
  if (!result.skipped.empty()) return {result.name, verdict_of(result), "-", "-", "-", "-", "-", reason_of(result)};
  return {result.name,
          verdict_of(result),
          std::to_string(result.tunnels),
          megabytes(result.verified),
          std::to_string(result.lost) + (result.expected ? " of " + std::to_string(*result.expected) : ""),
          seconds_or_none(result.noticed),
          seconds_or_none(result.recovered),
          reason_of(result)};
}

/// As many columns of a terminal as it takes: the text is UTF-8, in which some characters are several bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string table_of(const std::vector<Result>& results) {
  std::vector<Row> rows{
      {"fault", "verdict", "tunnels", "bytes", "lost", "noticed", "recovered", "reason, or what was measured"}, {}};
  for (const Result& result : results) rows.push_back(row_of(result));
  std::string table;
  for (std::size_t i = 0; i != rows.size(); ++i) {
    for (std::size_t column = 0; column != rows[i].size(); ++column) {
      std::size_t width = 0;
      if (column + 1 != rows[i].size()) {
        for (const Row& row : rows) width = std::max(width, width_of(row[column]));
      }
      const std::string text = i == 1 ? std::string(std::max<std::size_t>(width, 3), '-') : rows[i][column];
      table += "| " + text + std::string(width > width_of(text) ? width - width_of(text) : 0, ' ') + " ";
    }
    table += "|\n";
  }
  return table;
}

std::string line_of(const Result& result) {
  std::string line = "        " + verdict_of(result);
  if (!result.skipped.empty()) return line + ": " + result.skipped + "\n";
  line += " after " + in_seconds(result.took) + ": " + std::to_string(result.tunnels) + " tunnels, " +
          megabytes(result.verified) + " verified\n";
  for (const std::string& failure : result.failures) line += "        " + failure + "\n";
  return line;
}

int summed_up(const std::string& what, const std::vector<Result>& results) {
  const auto count = [&](auto question) { return std::ranges::count_if(results, question); };
  const auto failed = count([](const Result& result) { return !result.failures.empty(); });
  const auto skipped = count([](const Result& result) { return !result.skipped.empty(); });
  const auto held = static_cast<std::ptrdiff_t>(results.size()) - failed - skipped;
  std::printf("\n%s\n%s: %td held, %td failed, %td skipped\n", table_of(results).c_str(), what.c_str(), held, failed,
              skipped);
  return failed == 0 && held > 0 ? 0 : 1;
}

}  // namespace konduit::chaos
