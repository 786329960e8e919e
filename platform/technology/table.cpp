#include "platform/technology/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "platform/technology/scaling.hpp"

namespace terse::technology {
namespace {

std::size_t index(Scaling scaling) {
  return static_cast<std::size_t>(scaling);
}

/// A power law between neighbouring points, and beyond the ends that of the last two.
double interpolated(const EntryValue::Points& points, double x) {
  if (points.size() == 1) return points.front().second;
  auto above = std::find_if(points.begin() + 1, points.end() - 1, [&](const auto& point) { return point.first >= x; });
  const auto& [x1, y1] = *(above - 1);
  const auto& [x2, y2] = *above;
  return y1 * std::pow(y2 / y1, std::log(x / x1) / std::log(x2 / x1));
}

/// Factors of each kind of scaling between two operating points.
std::array<double, 6> factors(double node_from, double voltage_from, double node_to, double voltage_to) {
  const double logic = energy_factor(node_to, voltage_to) / energy_factor(node_from, voltage_from);
  const double area = area_factor(node_to) / area_factor(node_from);
  const double volts = voltage_to / voltage_from;
  std::array<double, 6> result{};
  result[index(Scaling::none)] = 1;
  result[index(Scaling::logic)] = logic;
  // At one node an SRAM's energy follows the voltage as logic does. From node to node it shrinks less: by the root of
  // the logic's factor (8 KiB improve by 1.3 from 45 to 7 nm, 1 MiB by 7, logic by 17).
  result[index(Scaling::sram)] = node_from == node_to ? logic : std::sqrt(logic);
  result[index(Scaling::wire)] = volts * volts;
  // Per gate, leakage shrinks with the switching energy; per area it is divided by the area's factor. With the voltage
  // it changes as V^3: the current falls with drain-induced barrier lowering on top of V itself.
  const double nominal = energy_factor(node_to, voltage_from) / energy_factor(node_from, voltage_from);
  result[index(Scaling::leakage)] = (node_from == node_to ? 1 : nominal / area) * volts * volts * volts;
  result[index(Scaling::area)] = area;
  return result;
}

}  // namespace

Table Table::at_voltage(double voltage) const {
  Table table = *this;
  if (voltage == voltage_) return table;
  const auto by = factors(node_nm_, voltage_, node_nm_, voltage);
  for (std::size_t i = 0; i < by.size(); ++i) table.voltage_factors_[i] *= by[i];
  table.voltage_ = voltage;
  table.at_other_voltage_ = true;
  return table;
}

void Table::scale(double node_from, double voltage_from, double node_to, double voltage_to) {
  const auto by = factors(node_from, voltage_from, node_to, voltage_to);
  for (std::size_t i = 0; i < by.size(); ++i) node_factors_[i] *= by[i];
}

const EntryValue& Table::needed(Entry entry, const std::string& user) const {
  const auto& found = this->entry(entry);
  if (found) return *found;
  const EntryDescription& what = description(entry);
  throw MissingEntry(
      fmt::format("{}: the entry '{}' ({}: {}) is missing and {} needs it; add it under 'entries' with "
                  "{}, unit, uncertainty and source",
                  file_, what.name, what.unit, what.sentence, user, what.by_size ? "size_kib" : "value"));
}

double Table::factor(Entry entry) const {
  const std::size_t scaling = index(description(entry).scaling);
  const auto& found = this->entry(entry);
  const bool own = found && found->own;
  return (own ? 1 : node_factors_[scaling]) * voltage_factors_[scaling];
}

double Table::value(Entry entry, const std::string& user) const {
  const EntryValue& found = needed(entry, user);
  return found.value * found.factor * factor(entry);
}

double Table::value(Entry entry, double kib, double bits, const std::string& user) const {
  const EntryValue& found = needed(entry, user);
  const double width = found.width_bits.empty() ? 1 : interpolated(found.width_bits, bits);
  return interpolated(found.size_kib, kib) * width * found.factor * factor(entry);
}

double Table::uncertainty(Entry entry) const {
  if (entry == Entry::scaling) {
    const double voltage = at_other_voltage_ ? voltage_uncertainty_ : 0;
    return std::hypot(scaling_uncertainty_, voltage);
  }
  const auto& found = this->entry(entry);
  return found ? found->uncertainty : 0;
}

bool Table::is_scaled(Entry entry) const {
  const Scaling scaling = description(entry).scaling;
  const auto& found = this->entry(entry);
  if (scaling == Scaling::none) return false;
  return (found && !found->own) || (at_other_voltage_ && scaling != Scaling::area);
}

}  // namespace terse::technology
