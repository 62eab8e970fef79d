#include "config/changes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "config/emitter.hpp"

namespace konduit::config {
namespace {

/// Of `runtime`: what a pipeline takes from there when it is made.
constexpr std::array<std::string_view, 3> kOfPipelines{"half_closed_grace", "half_closed_timeout", "idle_timeout"};
/// Of `runtime`: what is asked for whenever it is needed.
constexpr std::array<std::string_view, 3> kAtAnyTime{"drain_timeout", "old_generations", "old_generation_age"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view last_key(const Difference& difference) {
  return std::string_view(difference.path).substr(difference.path.rfind('.') + 1);
}

std::string shown(const Node& node) {
  if (node.is_null()) return "(none)";
  std::string text = emit(node);
  text.pop_back();
  return text.find('\n') == std::string::npos ? text : std::to_string(node.items().size()) + " items";
}

bool is_open(const Node& node) { return node.kind() == Kind::map || node.is_null(); }

void differ(const Node& older, const Node& newer, std::vector<Difference>& all) {
  const bool maps = older.kind() == Kind::map || newer.kind() == Kind::map;
  const bool lists = older.kind() == Kind::list && newer.kind() == Kind::list;
  if (maps && is_open(older) && is_open(newer) && !(older.entries().empty() && newer.entries().empty())) {
    for (const Node::Entry& entry : older.entries()) differ(entry.value, newer[entry.key], all);
    for (const Node::Entry& entry : newer.entries()) {
      if (!older.has(entry.key)) differ(older[entry.key], entry.value, all);
    }
    return;
  }
  if (lists && older.items().size() == newer.items().size()) {
    const std::size_t before = all.size();
    for (std::size_t i = 0; i < older.items().size(); ++i) differ(older.items()[i], newer.items()[i], all);
    if (all.size() == before) return;
    const bool of_scalars = newer.items().front().kind() == Kind::scalar;
    if (!of_scalars) return;
    all.resize(before);
  } else if (older.kind() == newer.kind() && older.text() == newer.text() && !lists) {
    return;
  }
  all.push_back({newer.path().empty() ? older.path() : newer.path(), shown(older), shown(newer)});
}

std::string name_of(ComponentKind kind, std::string_view id) {
  return std::string(section_of(kind)) + '.' + std::string(id);
}

std::string name_of_pipeline(std::string_view name) { return "pipelines." + std::string(name); }

std::string listed(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + id;
  return "[" + text + "]";
}

bool keeps_name(const std::vector<Change>& changes, std::string_view name) noexcept {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& change) { return change.name == name && change.fate == Fate::kept; });
}

void settle(Change& change) {
  if (!change.differences.empty() || !change.because.empty()) change.fate = Fate::changed;
}

}  // namespace

std::string_view to_string(Fate fate) noexcept {
  switch (fate) {
    case Fate::kept: return "kept";
    case Fate::changed: return "changed";
    case Fate::added: return "added";
    case Fate::removed: return "removed";
  }
  return "?";
}

std::string Difference::text() const { return path + ": " + before + " -> " + after; }

std::vector<Difference> differences(const Node& older, const Node& newer) {
  std::vector<Difference> all;
  differ(older, newer, all);
  return all;
}

Changes::Changes(const Configuration& older, const Configuration& newer) {
  for (const ComponentConfig& component : newer.components) components_.push_back(compare_component(older, component));
  compare_pipelines(older, newer);
  spread_to_frontends(older, newer);
  list_removed(older, newer);
  compare_rest(older.document, newer.document);
}

bool Changes::keeps(ComponentKind kind, std::string_view id) const noexcept {
  return keeps_name(components_, name_of(kind, id));
}

bool Changes::keeps_pipeline(std::string_view name) const noexcept {
  return keeps_name(pipelines_, name_of_pipeline(name));
}

bool Changes::none() const noexcept {
  const auto kept = [](const Change& change) { return change.fate == Fate::kept; };
  return std::all_of(components_.begin(), components_.end(), kept) &&
         std::all_of(pipelines_.begin(), pipelines_.end(), kept);
}

Change Changes::compare_component(const Configuration& older, const ComponentConfig& component) const {
  Change change{name_of(component.kind, component.id), Fate::kept, {}, {}};
  const ComponentConfig* before = older.find(component.kind, component.id);
  if (before == nullptr) {
    change.fate = Fate::added;
    return change;
  }
  change.differences = differences(before->node, component.node);
  for (const ComponentKey& key : component.dependencies) {
    if (!keeps(key.kind, key.id)) change.because.push_back(name_of(key.kind, key.id) + " is made anew");
  }
  settle(change);
  return change;
}

void Changes::compare_pipelines(const Configuration& older, const Configuration& newer) {
  const auto patience = differences(older.document["runtime"], newer.document["runtime"]);
  for (const PipelineConfig& pipeline : newer.pipelines) {
    Change change{name_of_pipeline(pipeline.name), Fate::kept, {}, {}};
    const PipelineConfig* before = older.find_pipeline(pipeline.name);
    if (before == nullptr) {
      change.fate = Fate::added;
      pipelines_.push_back(std::move(change));
      continue;
    }
    const auto compare_lists = [&](const char* what, const auto& was, const auto& is) {
      if (was != is) change.differences.push_back({change.name + what, listed(was), listed(is)});
    };
    compare_lists(".frontends", before->frontends, pipeline.frontends);
    compare_lists(".filters", before->filters, pipeline.filters);
    compare_lists(".backend", std::vector{before->backend}, std::vector{pipeline.backend});
    const auto check = [&](ComponentKind kind, const std::string& id) {
      if (!keeps(kind, id)) change.because.push_back(name_of(kind, id) + " is made anew");
    };
    for (const std::string& id : pipeline.frontends) check(ComponentKind::frontend, id);
    for (const std::string& id : pipeline.filters) check(ComponentKind::filter, id);
    check(ComponentKind::backend, pipeline.backend);
    for (const Difference& difference : patience) {
      if (is_one_of(kOfPipelines, last_key(difference))) change.because.push_back(difference.path + " has changed");
    }
    settle(change);
    pipelines_.push_back(std::move(change));
  }
}

void Changes::spread_to_frontends(const Configuration& older, const Configuration& newer) {
  for (const PipelineConfig& pipeline : newer.pipelines) {
    for (const std::string& id : pipeline.frontends) {
      const auto change = std::find_if(components_.begin(), components_.end(), [&](const Change& known) {
        return known.name == name_of(ComponentKind::frontend, id);
      });
      if (change == components_.end() || change->fate != Fate::kept || keeps_pipeline(pipeline.name)) continue;
      const PipelineConfig* was = older.pipeline_of(id);
      const bool moved = was == nullptr || was->name != pipeline.name;
      change->because.push_back(moved ? "it stands in another pipeline"
                                      : name_of_pipeline(pipeline.name) + " is made anew");
      change->fate = Fate::changed;
    }
  }
}

void Changes::list_removed(const Configuration& older, const Configuration& newer) {
  for (const ComponentConfig& component : older.components) {
    if (newer.find(component.kind, component.id) != nullptr) continue;
    components_.push_back({name_of(component.kind, component.id), Fate::removed, {}, {}});
  }
  for (const PipelineConfig& pipeline : older.pipelines) {
    if (newer.find_pipeline(pipeline.name) != nullptr) continue;
    pipelines_.push_back({name_of_pipeline(pipeline.name), Fate::removed, {}, {}});
  }
}

void Changes::compare_rest(const Node& older, const Node& newer) {
  for (auto& difference : differences(older["runtime"], newer["runtime"])) {
    const std::string_view key = last_key(difference);
    if (!is_one_of(kOfPipelines, key) && !is_one_of(kAtAnyTime, key)) at_restart_.push_back(std::move(difference));
  }
  for (const char* section : {"telemetry", "plugins"}) {
    for (auto& difference : differences(older[section], newer[section])) at_restart_.push_back(std::move(difference));
  }
}

}  // namespace konduit::config
