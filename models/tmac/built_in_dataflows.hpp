#pragma once
// The dataflows of this tree; each has a file of its own, which describes it.
#include <memory>

#include "models/clocked/schedule.hpp"

namespace terse {

struct TmacWork;

[[nodiscard]] std::unique_ptr<Schedule> output_stationary(const TmacWork& work);
[[nodiscard]] std::unique_ptr<Schedule> weight_stationary(const TmacWork& work);
/// Throws illegal_value for a kernel larger than unrolled_kernel (KERNEL) or a dilation (PADDING).
[[nodiscard]] std::unique_ptr<Schedule> unrolled(const TmacWork& work);

}  // namespace terse
