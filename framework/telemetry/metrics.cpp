#include "telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>

#include "konduit/error.hpp"
#include "telemetry/cells.hpp"
#include "telemetry/metric_names.hpp"

namespace konduit::telemetry {
namespace {

using prometheus::MetricType;

struct Family {
  MetricType type;
  std::string help;
  std::string registrant;  ///< Who came first, for messages.
  Bounds bounds;           ///< Null unless a histogram.
  std::map<LabelSet, std::vector<std::unique_ptr<Cell>>> series;
};

const char* type_name(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Histogram: return "histogram";
    default: return "metric of another type";
  }
}

/// A series before its cells are added.
prometheus::ClientMetric empty_metric(const LabelSet& labels, const Bounds& bounds) {
  prometheus::ClientMetric metric;
  metric.label = labels;
  if (!bounds) return metric;
  for (const double bound : *bounds) metric.histogram.bucket.push_back({0, bound});
  metric.histogram.bucket.push_back({0, std::numeric_limits<double>::infinity()});
  return metric;
}

prometheus::MetricFamily collected(const std::string& name, const Family& family) {
  prometheus::MetricFamily out{name, help_text(family.help), family.type, {}};
  out.metric.reserve(family.series.size());
  for (const auto& [labels, cells] : family.series) {
    prometheus::ClientMetric metric = empty_metric(labels, family.bounds);
    for (const auto& cell : cells) cell->add_to(metric);
    out.metric.push_back(std::move(metric));
  }
  return out;
}

}  // namespace

struct MetricsRegistry::Impl {
  /// The family of `name`, made if it is new. REQUIRES: the mutex is held.
  Family& family(std::string_view name, std::string_view help, MetricType type, std::string_view registrant) {
    if (is_exported(name)) throw StartError("metric " + std::string(name) + ": the name is taken");
    const auto [position, is_new] = families.try_emplace(std::string(name));
    Family& found = position->second;
    if (is_new) {
      found.type = type;
      found.help = help;
      found.registrant = registrant;
      return found;
    }
    const std::string subject = "metric " + std::string(name) + ": " + std::string(registrant) + " registers it ";
    const std::string before = " that " + found.registrant + " gave it";
    if (found.type != type) {
      throw StartError(subject + "as a " + type_name(type) + ", not as the " + type_name(found.type) + before);
    }
    if (found.help != help) {
      throw StartError(subject + "with the help \"" + std::string(help) + "\", not with the \"" + found.help + "\"" +
                       before);
    }
    return found;
  }

  bool is_exported(std::string_view name) const {
    return std::any_of(exports.begin(), exports.end(),
                       [name](const ExportedFamily& other) { return other.name == name; });
  }

  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;
  std::map<std::string, std::unique_ptr<Registrar>, std::less<>> registrars;
  std::vector<Source> sources;
  std::vector<ExportedFamily> exports;
};

/// What one component registers through.
class MetricsRegistry::Registrar final : public Metrics {
 public:
  Registrar(Impl& registry, std::string component) : registry_(registry), component_(std::move(component)) {}

  Counter& counter(std::string_view name, std::string_view help, Labels labels) override {
    check(name, labels);
    const std::lock_guard lock(registry_.mutex);
    auto cell = std::make_unique<CounterCell>();
    Counter& counter = cell->counter;
    place(registry_.family(name, help, MetricType::Counter, registrant()), labels, std::move(cell));
    return counter;
  }

  Gauge& gauge(std::string_view name, std::string_view help, Labels labels) override {
    check(name, labels);
    const std::lock_guard lock(registry_.mutex);
    auto cell = std::make_unique<GaugeCell>();
    Gauge& gauge = cell->gauge;
    place(registry_.family(name, help, MetricType::Gauge, registrant()), labels, std::move(cell));
    return gauge;
  }

  Histogram& histogram(std::string_view name, std::string_view help, std::initializer_list<double> buckets,
                       Labels labels) override {
    check(name, labels);
    const std::string subject = "metric " + std::string(name) + ": ";
    if (const std::string text = bucket_objection(buckets); !text.empty()) throw StartError(subject + text);
    const std::lock_guard lock(registry_.mutex);
    Family& family = registry_.family(name, help, MetricType::Histogram, registrant());
    if (!family.bounds) {
      family.bounds = std::make_shared<const std::vector<double>>(buckets);
    } else if (!std::equal(family.bounds->begin(), family.bounds->end(), buckets.begin(), buckets.end())) {
      throw StartError(subject + registrant() + " registers it with other buckets than " + family.registrant + " did");
    }
    auto cell = std::make_unique<HistogramCell>(family.bounds);
    HistogramCell& histogram = *cell;
    place(family, labels, std::move(cell));
    return histogram;
  }

 private:
  std::string registrant() const { return component_.empty() ? std::string("the program") : component_; }

  void check(std::string_view name, const Labels& labels) const {
    if (const std::string text = name_objection(name); !text.empty()) throw StartError(text);
    const std::string subject = "metric " + std::string(name) + ": ";
    if (!component_.empty() && !name.starts_with("konduit_")) {
      throw StartError(subject + "names of components begin with konduit_");
    }
    if (const std::string text = label_objection(labels); !text.empty()) throw StartError(subject + text);
  }

  void place(Family& family, const Labels& labels, std::unique_ptr<Cell> cell) const {
    family.series[label_set(labels, component_)].push_back(std::move(cell));
  }

  Impl& registry_;
  const std::string component_;  ///< Empty: the program's own.
};

MetricsRegistry::MetricsRegistry() : impl_(std::make_unique<Impl>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Metrics& MetricsRegistry::component(const std::string& id) {
  const std::lock_guard lock(impl_->mutex);
  auto& registrar = impl_->registrars[id];
  if (!registrar) registrar = std::make_unique<Registrar>(*impl_, id);
  return *registrar;
}

Metrics& MetricsRegistry::exported() { return component({}); }

void MetricsRegistry::add_source(Source source) {
  const std::lock_guard lock(impl_->mutex);
  impl_->sources.push_back(std::move(source));
}

void MetricsRegistry::add_family(ExportedFamily family) {
  if (const std::string text = name_objection(family.name); !text.empty()) throw StartError(text);
  const std::lock_guard lock(impl_->mutex);
  if (impl_->families.contains(family.name) || impl_->is_exported(family.name)) {
    throw StartError("metric " + family.name + ": the name is taken");
  }
  impl_->exports.push_back(std::move(family));
}

std::vector<prometheus::MetricFamily> MetricsRegistry::Collect() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<prometheus::MetricFamily> out;
  for (const auto& [name, family] : impl_->families) out.push_back(collected(name, family));
  const std::size_t own = out.size();
  // Appending would move what `source` points to.
  out.reserve(own + impl_->exports.size());
  for (const ExportedFamily& wanted : impl_->exports) {
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(own);
    const auto source =
        std::lower_bound(out.begin(), end, wanted.source,
                         [](const auto& family, const std::string& name) { return family.name < name; });
    out.push_back(summed(wanted, source != end && source->name == wanted.source ? &*source : nullptr));
  }
  for (const Source& source : impl_->sources) source(out);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

std::string MetricsRegistry::scrape() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, Collect());
  return std::move(out).str();
}

}  // namespace konduit::telemetry
