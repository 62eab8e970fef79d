#include "chaos/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace konduit::chaos {

namespace {

constexpr double kWidth = 900;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 64;
constexpr double kPanel = 120;
constexpr double kGap = 34;
constexpr double kBottom = 28;
constexpr std::size_t kPoints = 300;
constexpr std::size_t kNamedMarks = 30;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string result = text;
  if (result.ends_with(".0")) result.resize(result.size() - 2);
  return result;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else
      result += c;
  }
  return result;
}

/// 1, 2 or 5 times a power of ten, at least `value`.
double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points) {
  const std::size_t stretch = points.size() / kPoints + 1;
  std::vector<std::pair<double, double>> result;
  for (std::size_t begin = 0; begin < points.size(); begin += stretch) {
    const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = points.begin() + static_cast<std::ptrdiff_t>(std::min(begin + stretch, points.size()));
    result.push_back(*std::max_element(first, last, [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  return result;
}

class Drawing {
 public:
  Drawing(const std::string& title, std::size_t panels, double end) : end_(std::max(end, 0.1)) {
    const double height = kTop + static_cast<double>(panels) * (kPanel + kGap) - kGap + kBottom;
    out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << kWidth << ' ' << number(height)
         << "\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
    text(kLeft, 18, title, "start", "#222", "bold");
  }

  void panel(const Panel& panel, double top) {
    double most = 0;
    for (const Curve& curve : panel.curves) {
      for (const auto& [at, value] : curve.points) most = std::max(most, value);
    }
    most = round_up(most);
    for (const double share : {0.0, 0.5, 1.0}) {
      const double y = top + kPanel * (1 - share);
      line(kLeft, y, kWidth - kRight, y, "#ddd");
      text(kLeft - 6, y + 4, number(most * share), "end");
    }
    text(kLeft, top - 6, panel.title, "start", "#222");
    double legend = kWidth - kRight;
    for (const Curve& curve : panel.curves) {
      curve_of(curve, top, most);
      text(legend, top - 6, curve.name, "end", curve.colour);
      legend -= 12 + 6 * static_cast<double>(curve.name.size());
    }
  }

  void marks(const std::vector<Mark>& marks, double bottom) {
    double row = 0;
    for (const Mark& mark : marks) {
      const double x = x_of(mark.at);
      line(x, kTop - 18, x, bottom, "#c33", "4 3");
      // More names than these would hide one another.
      if (marks.size() > kNamedMarks) continue;
      const bool left = x > kWidth * 0.7;
      text(x + (left ? -3 : 3), 34 + row * 11, mark.text, left ? "end" : "start", "#c33");
      row = row == 0 ? 1 : 0;
    }
    for (int i = 0; i <= 6; ++i) {
      const double at = end_ * i / 6;
      text(x_of(at), bottom + 16, number(at) + " s", "middle");
    }
  }

  std::string finished() { return out_.str() + "</svg>\n"; }

 private:
  double x_of(double at) const { return kLeft + (kWidth - kLeft - kRight) * at / end_; }

  void curve_of(const Curve& curve, double top, double most) {
    out_ << "<polyline fill=\"none\" stroke=\"" << curve.colour << "\" stroke-width=\"1.4\" points=\"";
    for (const auto& [at, value] : thinned(curve.points)) {
      out_ << number(x_of(at)) << ',' << number(top + kPanel * (1 - value / most)) << ' ';
    }
    out_ << "\"/>\n";
  }

  void line(double x1, double y1, double x2, double y2, const char* colour, const char* dashes = nullptr) {
    out_ << "<line x1=\"" << number(x1) << "\" y1=\"" << number(y1) << "\" x2=\"" << number(x2) << "\" y2=\""
         << number(y2) << "\" stroke=\"" << colour << '"';
    if (dashes != nullptr) out_ << " stroke-dasharray=\"" << dashes << '"';
    out_ << "/>\n";
  }

  void text(double x, double y, const std::string& words, const char* anchor, const std::string& colour = "#555",
            const char* weight = "normal") {
    out_ << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" text-anchor=\"" << anchor << "\" fill=\""
         << colour << "\" font-weight=\"" << weight << "\">" << escaped(words) << "</text>\n";
  }

  const double end_;
  std::ostringstream out_;
};

template <class Value>
Curve curve(const std::string& name, const std::string& colour, const std::vector<Sample>& samples, Value value) {
  Curve result{name, colour, {}};
  for (const Sample& sample : samples) result.points.emplace_back(sample.at, static_cast<double>(value(sample)));
  return result;
}

Curve throughput(const std::vector<Sample>& samples) {
  Curve result{"both ways, all tunnels", "#2a7", {}};
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const double passed = samples[i].at - samples[i - 1].at;
    const auto moved = static_cast<double>(samples[i].load.moved - samples[i - 1].load.moved);
    if (passed > 0) result.points.emplace_back(samples[i].at, moved / passed / 1e6);
  }
  return result;
}

}  // namespace

std::string plot(const std::string& title, const std::vector<Panel>& panels, const std::vector<Mark>& marks) {
  double end = 0;
  for (const Panel& panel : panels) {
    for (const Curve& curve : panel.curves) {
      if (!curve.points.empty()) end = std::max(end, curve.points.back().first);
    }
  }
  Drawing drawing(title, panels.size(), end);
  double top = kTop;
  for (const Panel& panel : panels) {
    drawing.panel(panel, top);
    top += kPanel + kGap;
  }
  drawing.marks(marks, top - kGap);
  return drawing.finished();
}

std::vector<Panel> panels_of(const std::vector<Sample>& samples) {
  const char* server = "#36c";
  const char* agent = "#c60";
  return {
      {"Established tunnels", {curve("clients", "#555", samples, [](const Sample& s) { return s.load.established; })}},
      {"Throughput, MB/s", {throughput(samples)}},
      {"Resident memory, MiB",
       {curve("agent", agent, samples, [](const Sample& s) { return s.agent.resident_mib; }),
        curve("server", server, samples, [](const Sample& s) { return s.server.resident_mib; })}},
      {"Descriptors",
       {curve("agent", agent, samples, [](const Sample& s) { return s.agent.descriptors; }),
        curve("server", server, samples, [](const Sample& s) { return s.server.descriptors; })}},
  };
}

}  // namespace konduit::chaos
