#pragma once
// Errors as sentences for people.
#include <string_view>

#include "sw_driver/result.hpp"
#include "sw_driver/text.hpp"

namespace terse::driver {

/// The name of an error code, as in ErrorCode.
[[nodiscard]] std::string_view name_of(ErrorCode code);

/// One sentence: what failed, where in the hardware, what was needed and what there is.
void describe(const Error& error, TextWriter& text);

}  // namespace terse::driver
