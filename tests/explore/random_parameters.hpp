// A network `fashion` with random parameters, for tests of the export.
#pragma once

#include "explore/network_parameters.hpp"

namespace terse::explore {

NetworkParameters random_parameters(Variant variant, int width);

}  // namespace terse::explore
