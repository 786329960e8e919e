#include "explore/grid.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <set>

#include "platform/configuration/assignment.hpp"
#include "platform/configuration/problems.hpp"
#include "platform/sweep/content_hash.hpp"
#include "platform/sweep/expansion.hpp"

namespace terse::explore {

namespace {

using configuration::ConfigurationError;
using Tree = configuration::Node;

/// Goes up when training makes other networks of the same experiment.
constexpr int recipe_version = 1;

unsigned long checksum(unsigned long sum, const std::vector<std::uint8_t>& bytes) {
  return crc32_z(sum, bytes.data(), bytes.size());
}

/// Where a relative data.path counts from: the file it is written in, or the working folder for --set.
void resolve_path(Tree& tree) {
  Tree* data = tree.find("data");
  Tree* path = data == nullptr ? nullptr : data->find("path");
  if (path == nullptr || path->scalar.empty() || path->place.file.starts_with("--set")) return;
  const std::filesystem::path given(path->scalar);
  if (given.is_relative())
    path->scalar = (std::filesystem::path(path->place.file).parent_path() / given).lexically_normal();
}

}  // namespace

Grid::Grid(const std::filesystem::path& file, const std::vector<std::string>& settings) : name_(file.stem().string()) {
  Tree tree = configuration::read_yaml(file);
  if (tree.kind != Tree::Kind::map) throw ConfigurationError({file.string(), 1, 1}, "a grid is a map of keys");
  resolve_path(tree);
  for (const std::string& setting : settings) configuration::apply_setting(tree, setting);
  if (const Tree* name = tree.find("name")) name_ = name->scalar;
  const Tree* section = tree.find("sweep");
  if (section == nullptr) {
    add(read_experiment(tree));
    return;
  }
  sweep::Description description = sweep::read_description(*section);
  Tree plain = tree;
  std::erase_if(plain.map, [](const Tree::Entry& entry) { return entry.key == "sweep"; });
  const std::vector<sweep::Point> points = sweep::expand(description, read_experiment(plain).effective());
  configuration::Problems problems;
  std::set<std::string> said;
  for (const sweep::Point& point : points) {
    Tree of_point = plain;
    try {
      for (const configuration::Assignment& assignment : point.assignments) {
        configuration::assign(of_point, assignment);
      }
      add(read_experiment(of_point));
    } catch (const ConfigurationError& error) {
      if (said.insert(error.what()).second) problems.add(error);
    }
  }
  problems.raise();
}

void Grid::add(Experiment experiment) {
  GridPoint point;
  const auto hash = [&](nlohmann::ordered_json effective) {
    effective["data"]["path"] = contents_of(experiment.data);
    effective["recipe"] = recipe_version;
    return sweep::hash_of_text(effective.dump());
  };
  point.hash = hash(experiment.effective());
  point.float_hash = hash(experiment.effective_float());
  point.experiment = std::move(experiment);
  const bool known = std::ranges::any_of(points_, [&](const GridPoint& other) { return other.hash == point.hash; });
  if (!known) points_.push_back(std::move(point));
}

const std::string& Grid::contents_of(const DataSettings& data) {
  std::string& contents = contents_[data.set + ":" + data.path];
  if (contents.empty()) {
    const Dataset read = read_dataset(data.set, data.path);
    unsigned long sum = 0;
    for (const LabelledImages* part : {&read.training, &read.test}) {
      sum = checksum(checksum(sum, part->pixels), part->labels);
    }
    contents = fmt::format("{} + {} images, crc32 {:08x}", read.training.count(), read.test.count(), sum);
  }
  return contents;
}

}  // namespace terse::explore
