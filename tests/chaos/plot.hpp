#pragma once

#include <string>
#include <utility>
#include <vector>

#include "chaos/timeline.hpp"

namespace konduit::chaos {

struct Curve {
  std::string name;
  std::string colour;
  std::vector<std::pair<double, double>> points;  ///< Seconds, value; in the order of time.
};

/// Curves with one axis of values.
struct Panel {
  std::string title;  ///< With the unit.
  std::vector<Curve> curves;
};

/// Panels one below the other over one axis of time, with the marks as vertical lines: an SVG document. Of many points
/// each curve shows some 300, the largest of its stretch.
std::string plot(const std::string& title, const std::vector<Panel>& panels, const std::vector<Mark>& marks);

/// Tunnels, throughput, memory and descriptors.
std::vector<Panel> panels_of(const std::vector<Sample>& samples);

}  // namespace konduit::chaos
