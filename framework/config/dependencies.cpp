#include "config/dependencies.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace konduit::config {
namespace {

using Index = std::map<ComponentKey, std::size_t>;

Index index_of(const std::vector<ComponentConfig>& components) {
  Index index;
  for (std::size_t i = 0; i < components.size(); ++i) {
    index.emplace(ComponentKey{components[i].kind, components[i].id}, i);
  }
  return index;
}

/// Depth first, without recursion: a chain of references may be as long as a document.
class Order {
 public:
  Order(const std::vector<ComponentConfig>& components, Problems& problems)
      : components_(components), problems_(problems), index_(index_of(components)), state_(components.size()) {}

  std::vector<std::size_t> sorted() {
    for (std::size_t i = 0; i < components_.size(); ++i) visit(i);
    return std::move(sorted_);
  }

 private:
  enum class State : char { unseen, open, done };
  struct Step {
    std::size_t component;
    std::size_t next_dependency = 0;
  };

  void visit(std::size_t first) {
    if (state_[first] != State::unseen) return;
    enter(first);
    while (!path_.empty()) {
      Step& step = path_.back();
      const auto& dependencies = components_[step.component].dependencies;
      if (step.next_dependency == dependencies.size()) {
        leave();
        continue;
      }
      auto found = index_.find(dependencies[step.next_dependency++]);
      if (found == index_.end()) continue;
      if (state_[found->second] == State::open) report_cycle(found->second);
      if (state_[found->second] == State::unseen) enter(found->second);
    }
  }

  void enter(std::size_t component) {
    state_[component] = State::open;
    path_.push_back({component});
  }

  void leave() {
    state_[path_.back().component] = State::done;
    sorted_.push_back(path_.back().component);
    path_.pop_back();
  }

  void report_cycle(std::size_t start) {
    auto begin = std::find_if(path_.begin(), path_.end(), [&](const Step& step) { return step.component == start; });
    std::string round;
    for (auto step = begin; step != path_.end(); ++step) round += components_[step->component].id + " -> ";
    problems_.error(components_[start].node, "depends on itself: " + round + components_[start].id);
  }

  const std::vector<ComponentConfig>& components_;
  Problems& problems_;
  Index index_;
  std::vector<State> state_;
  std::vector<Step> path_;
  std::vector<std::size_t> sorted_;
};

class Repetitions {
 public:
  explicit Repetitions(Problems& problems) : problems_(problems) {}

  void check(const Node& list, std::string_view pipeline, std::map<std::string, std::string>& seen) {
    for (const Node& item : list.items()) {
      auto [first, added] = seen.emplace(item.text(), pipeline);
      if (added || item.is_null()) continue;
      bool same = first->second == pipeline;
      problems_.error(item,
                      "\"" + item.text() + "\" stands " +
                          (same ? "twice in this list"
                                : "in the pipeline \"" + first->second + "\" already; a frontend feeds one pipeline"));
    }
  }

 private:
  Problems& problems_;
};

}  // namespace

void order_by_dependencies(std::vector<ComponentConfig>& components, Problems& problems) {
  std::vector<std::size_t> order = Order(components, problems).sorted();
  std::vector<ComponentConfig> ordered;
  ordered.reserve(components.size());
  for (std::size_t i : order) ordered.push_back(std::move(components[i]));
  components = std::move(ordered);
}

void warn_of_unused(const std::vector<ComponentConfig>& components, const std::vector<PipelineConfig>& pipelines,
                    Problems& problems) {
  std::set<ComponentKey> used;
  for (const PipelineConfig& pipeline : pipelines) {
    for (const std::string& id : pipeline.frontends) used.insert({ComponentKind::frontend, id});
    for (const std::string& id : pipeline.filters) used.insert({ComponentKind::filter, id});
    used.insert({ComponentKind::backend, pipeline.backend});
  }
  // Users come after what they use, so one pass from the end reaches everything.
  for (auto component = components.rbegin(); component != components.rend(); ++component) {
    if (!used.contains({component->kind, component->id})) {
      problems.warning(component->node, "no pipeline uses it");
      continue;
    }
    used.insert(component->dependencies.begin(), component->dependencies.end());
  }
}

void check_pipelines(const Node& pipelines, Problems& problems) {
  Repetitions repetitions(problems);
  std::map<std::string, std::string> frontends;
  for (const Node::Entry& entry : pipelines.entries()) {
    const Node& list = entry.value["frontends"];
    if (list.kind() == Kind::list && list.items().empty()) problems.error(list, "must name at least one frontend");
    repetitions.check(list, entry.key, frontends);
    std::map<std::string, std::string> filters;
    repetitions.check(entry.value["filters"], entry.key, filters);
  }
}

}  // namespace konduit::config
