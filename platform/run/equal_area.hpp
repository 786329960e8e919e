#pragma once
// The integer machine that an architect would build on the same area: what a baseline of equal area is.
#include <string>

#include "platform/netlist/platform_settings.hpp"

namespace terse::run {

/// An array of integer multipliers and the area it is allowed.
struct ArrayOfArea {
  std::uint32_t output_channels = 0, input_channels = 0;
  double um2 = 0;    ///< tmac and spu of the baseline.
  double limit = 0;  ///< tmac and spu of the machine it is compared with.
};

/// Sets parameter `name` of the platform's module of type `type`.
void set_parameter(netlist::PlatformSettings& platform, const char* type, const char* name, const std::string& value);
void set_parameter(netlist::PlatformSettings& platform, const char* type, const char* name, std::uint32_t value);

/// Makes `platform` a machine without sparse pass: no fused lanes, one lane in spu (a platform has one), and the array of
/// `weight_type` multipliers with most of them that takes no more area than tmac and spu took together. Its sides are
/// divisors of the sides of the array before, so that layers which filled that fill this one. If not even one
/// multiplier fits, the array has one.
ArrayOfArea make_equal_area(netlist::PlatformSettings& platform, const std::string& weight_type);

}  // namespace terse::run
