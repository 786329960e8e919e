#include "explore/frontier.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "platform/cli/explore_commands.hpp"
#include "platform/cli/format_option.hpp"
#include "platform/cli/progress_bar.hpp"

namespace terse::cli {
namespace {

namespace po = boost::program_options;

std::vector<std::string> comma_separated(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.empty()) throw UsageError("--platforms and --superposition need at least one name");
  return words;
}

void add_options(Options& options) {
  options.positional("DIR");
  options.add()("platforms", po::value<std::string>()->default_value("scenarios/platforms/reference.yaml"),
                "A.yaml,B.yaml: platform files");
  options.add()("superposition", po::value<std::string>()->default_value("sequential,concurrent,fused"),
                "modes, separated by commas");
  options.add()("grid", po::value<std::string>()->default_value(""), "NAME of a grid; by default all networks");
  options.add()("timing", po::value<std::string>()->default_value("cycle"), "functional | approximate | cycle");
  options.add()("images", po::value<std::uint32_t>()->default_value(1), "test images that each run infers");
  options.add()("output,o", po::value<std::string>(), "folder of the results; by default DIR/frontier");
  options.add()("jobs,j", po::value<unsigned>()->default_value(std::max(1u, std::thread::hardware_concurrency())),
                "runs at a time");
  add_format(options);
}

}  // namespace

report::Rows frontier_rows(const std::vector<explore::FrontierRow>& rows) {
  report::Rows table;
  table.columns = {"network",
                   "pattern",
                   "density",
                   "precision",
                   "criterion",
                   "schedule",
                   "seed",
                   "accuracy",
                   "bits_per_weight",
                   "platform",
                   "superposition",
                   "cycles",
                   "energy_pj",
                   "energy_uncertainty_pj",
                   "on_chip_pj",
                   "dense_pj",
                   "sparse_pj",
                   "dense_cycles",
                   "sparse_cycles",
                   "area_um2",
                   "tmac_area_um2",
                   "spu_area_um2",
                   "verified",
                   "images",
                   "equal_predictions",
                   "pareto",
                   "hash"};
  for (const explore::FrontierRow& row : rows) {
    table.rows.push_back({row.network,
                          row.pattern,
                          row.density,
                          row.value_bits,
                          row.criterion,
                          row.schedule,
                          row.seed,
                          row.accuracy,
                          row.bits_per_weight,
                          row.platform,
                          row.superposition,
                          row.cycles,
                          row.energy_pj,
                          row.energy_uncertainty_pj,
                          row.on_chip_pj,
                          row.dense_pj,
                          row.sparse_pj,
                          row.dense_cycles,
                          row.sparse_cycles,
                          row.area_um2,
                          row.tmac_area_um2,
                          row.spu_area_um2,
                          row.verified,
                          row.images,
                          row.equal_predictions,
                          row.pareto,
                          row.hash});
  }
  return table;
}

int explore_frontier(const Arguments& arguments) {
  Options options(
      "explore frontier DIR [options]",
      "Compiles every trained network of DIR for every platform and mode of superposition, runs it, and\n"
      "sets accuracy beside cycles, energy, area and bits per weight. The runs are an ordinary sweep,\n"
      "frontier.yaml; what results.sqlite has is not run again.\n"
      "Exit code: 0 all verified, and predictions as the integer evaluation's; 1 not; 2 bad input; 3 a run\n"
      "failed; 4 stopped before the end.",
      "  ./terse explore frontier out/fashion\n"
      "  ./terse explore frontier out/fashion --platforms scenarios/platforms/reference.yaml,mine.yaml\n");
  add_options(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  explore::FrontierOptions run;
  run.folder = (*values)["DIR"].as<std::string>();
  run.grid = (*values)["grid"].as<std::string>();
  run.platforms = comma_separated((*values)["platforms"].as<std::string>());
  run.superpositions = comma_separated((*values)["superposition"].as<std::string>());
  run.timing = (*values)["timing"].as<std::string>();
  run.images = (*values)["images"].as<std::uint32_t>();
  run.output = values->count("output") != 0 ? std::filesystem::path((*values)["output"].as<std::string>())
                                            : run.folder / "frontier";
  run.jobs = std::max(1u, (*values)["jobs"].as<unsigned>());
  const report::Format format = format_of(*values);
  explore::Store store(explore_database(run.folder));
  ProgressBar bar("runs");
  explore::Frontier frontier;
  try {
    frontier = explore::run_frontier(store, run, [&](const sweep::Tally& tally) {
      bar.update(tally.done(), tally.points, tally.failed > 0 ? fmt::format(", {} failed", tally.failed) : "");
    });
  } catch (const explore::FrontierError& error) {
    throw UsageError(error.what());
  }
  bar.clear();
  const report::Rows rows = frontier_rows(frontier.rows);
  std::ofstream(run.output / "frontier.csv") << report::to_text(rows, report::Format::csv);
  std::cout << report::to_text(rows, format);
  bool right = true;
  for (const explore::FrontierRow& row : frontier.rows) {
    right = right && row.verified && row.equal_predictions == row.images;
  }
  if (format == report::Format::table) {
    std::cout << fmt::format("\n{} runs, {} failed; {}\nresults      {}\n", frontier.rows.size(), frontier.failed,
                             right ? "all verified, predictions as in integer evaluation"
                                   : "NOT all verified or predicted as in integer evaluation",
                             (run.output / "frontier.csv").string());
  }
  if (frontier.stopped) return exit_stopped;
  if (frontier.failed > 0) {
    std::cerr << fmt::format("{} runs failed; terse query {} \"SELECT * FROM failures\" says why\n", frontier.failed,
                             (run.output / "results.sqlite").string());
    return exit_guest_failed;
  }
  return right ? exit_good : exit_wrong_result;
}

}  // namespace terse::cli
