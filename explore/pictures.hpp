// Pictures for papers, drawn by gnuplot: SVG, and PNG of the same.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace terse::explore {

/// gnuplot is not there or refuses; the message says what to do.
class PictureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `networks`: objects as the columns of table `networks`. `frontier`: columns of the frontier's sweep, each a list, or
/// null. Writes into `folder` accuracy.* (accuracy against density, a line per pattern, with one standard deviation over
/// seeds), before_training.* (the same before the first step), and with a frontier energy.* and cycles.*; each with the
/// .dat and .gp that it was made of. Returns the pictures.
std::vector<std::filesystem::path> draw(const nlohmann::ordered_json& networks, const nlohmann::ordered_json& frontier,
                                        const std::filesystem::path& folder);

}  // namespace terse::explore
