#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "explore/pictures.hpp"
#include "platform/cli/explore_commands.hpp"
#include "platform/cli/report_page.hpp"
#include "platform/report/page.hpp"
#include "platform/report/sweep_data.hpp"

namespace terse::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace po = boost::program_options;

Json as_objects(const report::Rows& rows) {
  Json list = Json::array();
  for (const auto& row : rows.rows) {
    Json object;
    for (std::size_t i = 0; i < rows.columns.size(); ++i) object[rows.columns[i]] = row[i];
    list.push_back(std::move(object));
  }
  return list;
}

/// The frontier's sweep, with what training said of each network in place of its file's name.
Json frontier_data(const std::filesystem::path& database, const Json& networks) {
  Json data = report::sweep_data(database, "frontier");
  Json& columns = data["columns"];
  const Json files = columns["network"], platforms = columns["platform"];
  columns.erase("network");
  Json parameters = Json::array();
  const auto add = [&](const std::string& name, const Json& values) {
    columns[name] = values;
    parameters.push_back({{"name", name}, {"kind", "list"}, {"influence", nullptr}});
  };
  std::map<std::string, const Json*> by_hash;
  for (const Json& network : networks) by_hash[network["hash"].get<std::string>()] = &network;
  const auto of_networks = [&](const char* key, double factor) {
    Json values = Json::array();
    for (const Json& file : files) {
      const auto found = by_hash.find(std::filesystem::path(file.get<std::string>()).parent_path().filename().string());
      const Json value = found == by_hash.end() ? Json() : (*found->second)[key];
      values.push_back(value.is_number_float() ? Json(value.get<double>() * factor) : value);
    }
    return values;
  };
  for (const char* key : {"network", "pattern", "density", "value_bits", "criterion", "schedule", "seed"}) {
    add(key, of_networks(key, 1));
  }
  Json names = Json::array();
  for (const Json& platform : platforms) names.push_back(std::filesystem::path(platform.get<std::string>()).stem());
  add("platform", names);
  add("run.superposition", Json(columns["run.superposition"]));
  columns["accuracy"] = of_networks("accuracy", 0.01);
  columns["bits_per_weight"] = of_networks("bits_per_weight", 1);
  data["parameters"] = parameters;
  return data;
}

}  // namespace

int explore_report(const Arguments& arguments) {
  Options options("explore report DIR -o FILE.html [options]",
                  "One HTML page of trained networks: accuracy against density for each pattern, with the spread of\n"
                  "seeds; and, after 'explore frontier', against cycles, energy, area and bits per weight.\n"
                  "--pictures draws the same for papers, as SVG and PNG (needs gnuplot).",
                  "  ./terse explore report out/fashion -o fashion.html\n"
                  "  ./terse explore report out/fashion -o fashion.html --pictures pictures\n");
  options.positional("DIR");
  options.add()("output,o", po::value<std::string>()->required(), "FILE.html to write");
  options.add()("grid", po::value<std::string>()->default_value(""), "NAME of a grid; by default all networks");
  options.add()("frontier", po::value<std::string>(), "folder of 'explore frontier'; by default DIR/frontier");
  options.add()("pictures", po::value<std::string>(), "folder for accuracy.svg, accuracy.png, frontier.svg ...");
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  require_page();
  const std::filesystem::path folder = (*values)["DIR"].as<std::string>();
  const std::string grid = (*values)["grid"].as<std::string>();
  explore::Store store(explore_database(folder));
  const Json networks = as_objects(explore_networks(store.sqlite(), grid));
  const std::filesystem::path frontier = values->count("frontier") != 0
                                             ? std::filesystem::path((*values)["frontier"].as<std::string>())
                                             : folder / "frontier";
  Json data{{"kind", "exploration"},
            {"name", grid.empty() ? std::filesystem::absolute(folder).lexically_normal().filename().string() : grid},
            {"networks", networks}};
  const bool has_frontier = std::filesystem::exists(frontier / "results.sqlite");
  if (has_frontier) data["sweep"] = frontier_data(frontier / "results.sqlite", networks);
  const std::string output = (*values)["output"].as<std::string>();
  write_file(output, report::page(data), "-o");
  std::cout << fmt::format("report       {}\n", output);
  if (values->count("pictures") == 0) return exit_good;
  try {
    const std::filesystem::path pictures = (*values)["pictures"].as<std::string>();
    for (const auto& file : explore::draw(networks, has_frontier ? data["sweep"]["columns"] : Json(), pictures)) {
      std::cout << fmt::format("picture      {}\n", file.string());
    }
  } catch (const explore::PictureError& error) {
    throw UsageError(error.what());
  }
  return exit_good;
}

}  // namespace terse::cli
