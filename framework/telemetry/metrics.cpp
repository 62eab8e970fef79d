#include "telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>

#include "konduit/error.hpp"
#include "telemetry/cells.hpp"
#include "telemetry/metric_names.hpp"

namespace konduit::telemetry {
namespace {

using prometheus::MetricType;

/// The cells of one name and equal labels.
struct Series {
  prometheus::ClientMetric ended;  ///< Labels and buckets, and what cells that are gone had counted.
  std::vector<const Cell*> cells;
};

struct Family {
  MetricType type;
  std::string help;
  std::string registrant;  ///< Who came first, for messages.
  Bounds bounds;           ///< Null unless a histogram.
  std::map<LabelSet, Series> series;
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

/// Adds up a series; of times it takes the earliest. A gauge's series has a cell as long as it is there.
void fold(const std::vector<const Cell*>& cells, bool earliest, prometheus::ClientMetric& metric) {
  double least = std::numeric_limits<double>::infinity();
  for (const Cell* cell : cells) {
    if (earliest) metric.gauge.value = 0;
    cell->add_to(metric);
    least = std::min(least, metric.gauge.value);
  }
  if (earliest) metric.gauge.value = least;
}

prometheus::MetricFamily collected(const std::string& name, const Family& family) {
  prometheus::MetricFamily out{name, help_text(family.help), family.type, {}};
  out.metric.reserve(family.series.size());
  const bool earliest = family.type == MetricType::Gauge && tells_expiry(name);
  for (const auto& [labels, series] : family.series) {
    prometheus::ClientMetric metric = series.ended;
    fold(series.cells, earliest, metric);
    out.metric.push_back(std::move(metric));
  }
  return out;
}

using Families = std::map<std::string, Family, std::less<>>;

}  // namespace

struct MetricsRegistry::Impl {
  /// A cell and where it is summed.
  struct Placed {
    Families::iterator family;
    std::map<LabelSet, Series>::iterator series;
    std::unique_ptr<Cell> cell;
  };

  /// REQUIRES: the mutex is held.
  Placed place(Families::iterator family, LabelSet labels, std::unique_ptr<Cell> cell) {
    Family& its = family->second;
    const auto [series, is_new] = its.series.try_emplace(std::move(labels));
    if (is_new) series->second.ended = empty_metric(series->first, its.bounds);
    series->second.cells.push_back(cell.get());
    return {family, series, std::move(cell)};
  }

  /// REQUIRES: the mutex is held.
  void end(const Placed& placed) {
    Family& family = placed.family->second;
    Series& series = placed.series->second;
    std::erase(series.cells, placed.cell.get());
    if (family.type != MetricType::Gauge) {
      placed.cell->add_to(series.ended);
      return;
    }
    if (series.cells.empty()) family.series.erase(placed.series);
    if (family.series.empty()) families.erase(placed.family);
  }

  /// The family of `name`, made if it is new. REQUIRES: the mutex is held.
  Families::iterator family(std::string_view name, std::string_view help, MetricType type,
                            std::string_view registrant) {
    if (is_exported(name)) throw StartError("metric " + std::string(name) + ": the name is taken");
    const auto [position, is_new] = families.try_emplace(std::string(name));
    Family& found = position->second;
    if (is_new) {
      found.type = type;
      found.help = help;
      found.registrant = registrant;
      return position;
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
    return position;
  }

  bool is_exported(std::string_view name) const {
    return std::any_of(exports.begin(), exports.end(),
                       [name](const ExportedFamily& other) { return other.name == name; });
  }

  mutable std::mutex mutex;
  Families families;
  std::vector<Source> sources;
  std::vector<ExportedFamily> exports;
};

/// What one component registers through, and the owner of its cells.
class MetricsRegistry::Registrar final : public Metrics {
 public:
  Registrar(Impl& registry, std::string component) : registry_(registry), component_(std::move(component)) {}
  ~Registrar() {
    const std::lock_guard lock(registry_.mutex);
    for (const auto& placed : cells_) registry_.end(placed);
  }
  Registrar(const Registrar&) = delete;
  Registrar& operator=(const Registrar&) = delete;

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
    const auto position = registry_.family(name, help, MetricType::Histogram, registrant());
    Family& family = position->second;
    if (!family.bounds) {
      family.bounds = std::make_shared<const std::vector<double>>(buckets);
    } else if (!std::equal(family.bounds->begin(), family.bounds->end(), buckets.begin(), buckets.end())) {
      throw StartError(subject + registrant() + " registers it with other buckets than " + family.registrant + " did");
    }
    auto cell = std::make_unique<HistogramCell>(family.bounds);
    HistogramCell& histogram = *cell;
    place(position, labels, std::move(cell));
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

  void place(Families::iterator family, const Labels& labels, std::unique_ptr<Cell> cell) {
    cells_.push_back(registry_.place(family, label_set(labels, component_), std::move(cell)));
  }

  Impl& registry_;
  const std::string component_;  ///< Empty: the program's own.
  std::vector<Impl::Placed> cells_;
};

MetricsRegistry::MetricsRegistry()
    : impl_(std::make_unique<Impl>()), exported_(std::make_unique<Registrar>(*impl_, std::string())) {}
MetricsRegistry::~MetricsRegistry() = default;

std::shared_ptr<Metrics> MetricsRegistry::component(std::string id) {
  return std::make_shared<Registrar>(*impl_, std::move(id));
}

Metrics& MetricsRegistry::exported() noexcept { return *exported_; }

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
  // Appending would move what `find` answers.
  out.reserve(own + impl_->exports.size());
  const auto find = [&out, own](const std::string& name) -> const prometheus::MetricFamily* {
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(own);
    const auto found = std::lower_bound(
        out.begin(), end, name, [](const auto& family, const std::string& wanted) { return family.name < wanted; });
    return found != end && found->name == name ? &*found : nullptr;
  };
  for (const ExportedFamily& wanted : impl_->exports) out.push_back(summed(wanted, find));
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
