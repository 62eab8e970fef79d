#include "config/problem.hpp"

#include <algorithm>
#include <tuple>

namespace konduit::config {
namespace {

std::string place(const Mark& mark) {
  if (!mark.file) return {};
  std::string text = *mark.file + ":";
  if (mark.line > 0) text += std::to_string(mark.line) + ":" + std::to_string(mark.column) + ":";
  return text + " ";
}

std::string_view file_of(const Problem& problem) {
  return problem.mark.file ? std::string_view(*problem.mark.file) : std::string_view();
}

auto position(const Problem& problem) {
  return std::tuple(problem.mark.line == 0, file_of(problem), problem.mark.line, problem.mark.column);
}

bool same(const Problem& a, const Problem& b) {
  return position(a) == position(b) && a.severity == b.severity && a.path == b.path && a.what == b.what;
}

}  // namespace

std::string Problem::text() const {
  std::string text = place(mark);
  text += severity == Severity::error ? "error: " : "warning: ";
  if (!path.empty()) text += path + ": ";
  text += what;
  if (!plugin.empty()) text += " (" + plugin + ")";
  return text;
}

void Problems::add(Problem problem) {
  if (problem.severity == Severity::error) ++errors_;
  problems_.push_back(std::move(problem));
}

void Problems::error(const Node& where, std::string what, std::string_view plugin) {
  add({where.mark(), where.path(), std::move(what), std::string(plugin), Severity::error});
}

void Problems::warning(const Node& where, std::string what, std::string_view plugin) {
  add({where.mark(), where.path(), std::move(what), std::string(plugin), Severity::warning});
}

void Problems::error(const Mark& mark, std::string path, std::string what, std::string_view plugin) {
  add({mark, std::move(path), std::move(what), std::string(plugin), Severity::error});
}

bool Problems::has(const Node& node) const {
  return std::any_of(problems_.begin(), problems_.end(), [&](const Problem& problem) {
    return problem.mark.line == node.mark().line && problem.mark.column == node.mark().column &&
           problem.path == node.path();
  });
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return position(a) < position(b); });
  std::vector<Problem> unique;
  for (Problem& problem : sorted) {
    bool seen = std::any_of(unique.rbegin(), unique.rend(), [&](const Problem& other) { return same(other, problem); });
    if (!seen) unique.push_back(std::move(problem));
  }
  return unique;
}

std::string Problems::text() const {
  std::string text;
  for (const Problem& problem : sorted()) text += problem.text() + "\n";
  return text;
}

}  // namespace konduit::config
