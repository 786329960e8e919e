#pragma once
// Scaling between nodes and voltages after Stillmaker and Baas, "Scaling equations for the accurate prediction of CMOS
// device performance from 180 nm to 7 nm", Integration 58 (2017): the energy of an operation is E2 = E1 * f2 / f1 with
// f(node, V) = a V^2 + b V + c, and areas by one factor per node. Nodes between the published ones are interpolated.

namespace terse::technology {

inline constexpr double smallest_node_nm = 7, greatest_node_nm = 65;
/// The polynomials are fits; below this they are not to be trusted.
inline constexpr double lowest_voltage = 0.45, highest_voltage = 1.3;

/// f(node, V), without unit. Node and voltage within the limits above.
[[nodiscard]] double energy_factor(double node_nm, double voltage);
/// Area of a circuit relative to 45 nm.
[[nodiscard]] double area_factor(double node_nm);

}  // namespace terse::technology
