#pragma once
// The dataflows of this tree; each has a file of its own, which describes it.
#include <memory>

#include "models/clocked/schedule.hpp"
#include "models/spu/spu_dataflows.hpp"

namespace terse {

[[nodiscard]] std::unique_ptr<Schedule> gather_schedule(const SpuWork& work);
[[nodiscard]] std::unique_ptr<Schedule> broadcast_schedule(const SpuWork& work);
[[nodiscard]] SpuTraffic broadcast_traffic(const SpuWork& work, std::uint64_t effective);
/// Activations fetched for `effective` products, one each.
[[nodiscard]] std::uint64_t products_fetched(const SpuWork& work, std::uint64_t effective);
[[nodiscard]] std::unique_ptr<SpuDataflow> activation_broadcast(const SpuWork& work);

}  // namespace terse
