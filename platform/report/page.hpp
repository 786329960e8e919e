#pragma once
// The page of a report: one HTML file with everything in it, made of the page that was bundled when Terse was built
// (platform/report/html) and the data to show.
#include <nlohmann/json.hpp>
#include <string>

namespace terse::report {

/// False if Terse was built without it (-DTERSE_REPORT=OFF).
bool has_page();

/// `data`: {"kind": "run" | "sweep" | "comparison", ...}, which docs/report.md describes.
std::string page(const nlohmann::ordered_json& data);

}  // namespace terse::report
