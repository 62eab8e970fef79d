#include "runtime/rehearsal.hpp"

#include <algorithm>
#include <ranges>
#include <set>
#include <span>
#include <utility>

#include "konduit/filter.hpp"
#include "konduit/stream_pair.hpp"
#include "konduit/thrown.hpp"
#include "pipeline/filter_chain.hpp"

namespace konduit::runtime {

namespace {

/// Says that its backend was asked, and takes the addresses that the test gives for those that it resolved.
class StandIn final : public BackendPart {
 public:
  StandIn(Shard& shard, std::string id, std::string& asked) : shard_(shard), id_(std::move(id)), asked_(asked) {}

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override {
    if (request.resolution != nullptr) {
      std::vector<asio::ip::address> none;
      auto allowed = co_await request.resolution->resolved(none);
      if (allowed.has_error()) co_return std::move(allowed).error();
    }
    asked_ = id_;
    co_return std::move(make_stream_pair(shard_, shard_).first);
  }

 private:
  Shard& shard_;
  const std::string id_;
  std::string& asked_;
};

/// Asks the filters about the addresses of a test.
class TestAddresses final : public ResolutionCheck {
 public:
  TestAddresses(std::span<FilterPart* const> filters, const DialRequest& request,
                const std::vector<asio::ip::address>& addresses)
      : filters_(filters), request_(request), addresses_(addresses) {}

  awaitable<DialResult<void>> resolved(std::vector<asio::ip::address>& addresses) override {
    addresses = addresses_;
    std::size_t asked = 0;
    co_return co_await pipeline::ask_about_addresses(filters_, request_, addresses, asked);
  }

 private:
  const std::span<FilterPart* const> filters_;
  const DialRequest& request_;
  const std::vector<asio::ip::address>& addresses_;
};

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

Rehearsal::Rehearsal(Environment& environment, const config::Configuration& configuration)
    : environment_(environment), configuration_(configuration) {}

Rehearsal::~Rehearsal() {
  while (!components_.empty()) components_.pop_back();
}

/// A backend that refers to others, and not only as the way to its own destination.
bool Rehearsal::stands_for_others(const config::ComponentConfig& component) const {
  const std::string& via = component.node["via"].text();
  return std::ranges::any_of(component.dependencies, [&](const config::ComponentKey& key) {
    return key.kind == ComponentKind::backend && key.id != via;
  });
}

bool Rehearsal::is_needed(const config::ComponentConfig& component) const {
  std::set<config::ComponentKey> needed;
  for (const auto& pipeline : configuration_.pipelines) {
    needed.insert({ComponentKind::backend, pipeline.backend});
    for (const auto& id : pipeline.filters) needed.insert({ComponentKind::filter, id});
  }
  for (const auto& user : configuration_.components | std::views::reverse) {
    if (!needed.contains({user.kind, user.id})) continue;
    if (user.kind == ComponentKind::backend && !stands_for_others(user)) continue;
    needed.insert(user.dependencies.begin(), user.dependencies.end());
  }
  return needed.contains({component.kind, component.id});
}

void Rehearsal::create(const config::ComponentCatalog& catalog, config::Problems& problems) {
  for (const auto& config : configuration_.components) {
    if (!is_needed(config)) continue;
    std::vector<ComponentUse> references;
    for (const auto& key : config.dependencies) {
      if (LiveComponent* known = find(key.kind, key.id)) references.push_back(known->use());
    }
    components_.push_back(std::make_unique<LiveComponent>(environment_, config, std::move(references)));
    components_.back()->create(problems, catalog.plugin(config.kind, config.type));
  }
}

LiveComponent* Rehearsal::find(ComponentKind kind, std::string_view id) const noexcept {
  for (const auto& component : components_) {
    if (component->is(kind, id)) return component.get();
  }
  return nullptr;
}

awaitable<std::optional<std::size_t>> Rehearsal::run(config::Problems& problems) {
  std::optional<std::size_t> otherwise = 0;
  try {
    attach();
    for (const auto& test : configuration_.tests) {
      const bool expected = co_await comes_as_expected(test, problems);
      if (!expected) ++*otherwise;
    }
  } catch (...) {
    problems.error(configuration_.document, "the tests cannot be run: " + words_of_thrown());
    otherwise.reset();
  }
  co_await detach();
  co_return otherwise;
}

awaitable<bool> Rehearsal::comes_as_expected(const config::DialTest& test, config::Problems& problems) {
  std::string text;
  const std::string outcome = co_await outcome_of(test, &text);
  const std::string detail = text.empty() ? "" : " (" + text + ")";
  if (outcome != test.expect) {
    problems.error(test.where,
                   "expected " + in_quotes(test.expect) + ", but it came to " + in_quotes(outcome) + detail);
    co_return false;
  }
  if (text.find(test.says) == std::string::npos) {
    problems.error(test.where,
                   "the error's text was to contain " + in_quotes(test.says) + ", but says " + in_quotes(text));
    co_return false;
  }
  co_return true;
}

/// Nothing is prepared, for that is where components open files and sockets.
void Rehearsal::attach() {
  Shard& shard = environment_.control();
  for (const auto& component : components_) {
    const auto& config = component->config();
    if (config.kind == ComponentKind::backend && !stands_for_others(config)) {
      component->attach(shard, std::make_unique<StandIn>(shard, config.id, asked_));
    } else {
      component->attach(shard, nullptr);
    }
  }
}

awaitable<void> Rehearsal::detach() {
  Shard& shard = environment_.control();
  for (const auto& component : components_ | std::views::reverse) co_await component->stop(shard);
  for (const auto& component : components_ | std::views::reverse) component->detach(shard);
}

/// The backend that was asked, or how the dial failed, and then `text` is the error's.
awaitable<std::string> Rehearsal::outcome_of(const config::DialTest& test, std::string* text) {
  Shard& shard = environment_.control();
  const config::PipelineConfig* pipeline = configuration_.pipeline_of(test.frontend);
  if (pipeline == nullptr) {
    *text = test.frontend + " stands in no pipeline";
    co_return std::string(to_string(DialErrc::no_route));
  }
  std::vector<FilterPart*> filters;
  for (const auto& id : pipeline->filters) {
    filters.push_back(&static_cast<FilterPart&>(find(ComponentKind::filter, id)->part(shard)));
  }
  DialRequest request{.target = test.target,
                      .peer = {.address = test.from, .certificate = nullptr, .identity = test.identity}};
  request.frontend = test.frontend;
  request.deadline = shard.now() + std::chrono::seconds(10);
  TestAddresses addresses(filters, request, test.resolves);
  if (!test.resolves.empty()) request.resolution = &addresses;

  std::size_t asked = 0;
  auto allowed = co_await pipeline::ask_about_dial(filters, request, asked);
  if (allowed.has_error()) {
    *text = allowed.error().text;
    co_return std::string(to_string(allowed.error().code));
  }
  auto& backend = find(ComponentKind::backend, pipeline->backend)->backend_part(shard);
  auto stream = co_await backend.dial(request);
  if (stream.has_error()) {
    *text = stream.error().text;
    co_return std::string(to_string(stream.error().code));
  }
  co_return asked_;
}

}  // namespace konduit::runtime
