#include "platform/technology/scaling.hpp"

#include <algorithm>
#include <array>

namespace terse::technology {
namespace {

struct Node {
  double nm;
  double a, b, c;  ///< Energy.
  double area;     ///< Relative to 45 nm.
};

constexpr std::array<Node, 8> nodes = {{{7, 0.1776, -0.09097, 0.02447, 0.059},
                                        {10, 0.2068, -0.09311, 0.02375, 0.10},
                                        {14, 0.2363, -0.09675, 0.02239, 0.17},
                                        {16, 0.2958, -0.1241, 0.03024, 0.19},
                                        {20, 0.373, -0.1582, 0.04104, 0.21},
                                        {32, 0.9559, -0.7823, 0.471, 0.46},
                                        {45, 1.103, -0.362, 0.2767, 1.0},
                                        {65, 3.755, -4.398, 1.975, 1.5}}};

/// Linear in nanometres between the published nodes.
template <class Value>
double interpolated(double nm, Value value) {
  const auto above = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.nm >= nm; });
  if (above == nodes.begin()) return value(nodes.front());
  if (above == nodes.end()) return value(nodes.back());
  const Node& low = *(above - 1);
  const double share = (nm - low.nm) / (above->nm - low.nm);
  return value(low) * (1 - share) + value(*above) * share;
}

}  // namespace

double energy_factor(double node_nm, double voltage) {
  return interpolated(node_nm,
                      [&](const Node& node) { return node.a * voltage * voltage + node.b * voltage + node.c; });
}

double area_factor(double node_nm) {
  return interpolated(node_nm, [](const Node& node) { return node.area; });
}

}  // namespace terse::technology
