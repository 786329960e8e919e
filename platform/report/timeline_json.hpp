#pragma once
// `timeline` of result.json: lists of equal length side by side, because an object per interval would be ten times as
// large.
#include <nlohmann/json.hpp>

#include "platform/run/timeline.hpp"

namespace terse::report {

nlohmann::ordered_json to_json(const run::Timeline& timeline);

}  // namespace terse::report
