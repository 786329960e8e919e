#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <thread>

#include "explore/grid_run.hpp"
#include "explore/keys_page.hpp"
#include "platform/cli/explore_commands.hpp"
#include "platform/cli/format_option.hpp"
#include "platform/cli/progress_bar.hpp"

namespace terse::cli {
namespace {

namespace po = boost::program_options;

/// Beside this program; ./terse explore builds it, with libtorch.
std::filesystem::path trainer() {
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "terse_train";
  if (std::filesystem::exists(path)) return path;
  throw UsageError(fmt::format("{} is not there: training needs libtorch. './terse explore ...' installs and builds it",
                               path.string()));
}

int run_points(const Arguments& arguments) {
  Options options("explore run GRID.yaml [options]",
                  "Trains the networks of a grid (docs/explore.md), several at a time, and keeps them in DIR. What is\n"
                  "there already is not trained again; a run that was stopped or killed goes on after each network's\n"
                  "last whole epoch.\n"
                  "Exit code: 0 all trained; 2 bad input; 3 a network failed; 4 stopped before the end.",
                  "  ./terse explore run scenarios/explore/fashion.yaml\n"
                  "  ./terse explore run scenarios/explore/cifar10.yaml --set data.path=/data/cifar-10-batches-bin\n");
  options.positional("GRID.yaml");
  options.add()("jobs,j", po::value<unsigned>()->default_value(std::max(1u, std::thread::hardware_concurrency())),
                "networks at a time; by default one per processor");
  options.add()("output,o", po::value<std::string>(), "DIR of the results; by default out/NAME of the file");
  add_format(options);
  add_settings(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const std::filesystem::path file = (*values)["GRID.yaml"].as<std::string>();
  const std::filesystem::path folder = values->count("output") != 0
                                           ? std::filesystem::path((*values)["output"].as<std::string>())
                                           : std::filesystem::path("out") / file.stem();
  const explore::Grid grid(file, settings(*values));
  const explore::GridRunOptions run{std::filesystem::absolute(folder), trainer(),
                                    std::max(1u, (*values)["jobs"].as<unsigned>())};
  std::filesystem::create_directories(folder);
  explore::Store store(folder / "explore.sqlite");
  ProgressBar bar("networks");
  const explore::GridProgress end = explore::run_grid(grid, store, run, [&](const explore::GridProgress& progress) {
    std::string note;
    if (progress.failed > 0) note += fmt::format(", {} failed", progress.failed);
    if (progress.left_s > 0) note += fmt::format(", {} left", duration_text(progress.left_s));
    if (!progress.note.empty()) note += fmt::format(" ({})", progress.note);
    bar.update(progress.done(), progress.networks, note);
  });
  bar.clear();
  const report::Format format = format_of(*values);
  std::cout << report::to_text(explore_table(store.sqlite(), grid.name()), format);
  if (format == report::Format::table) {
    std::cout << fmt::format("\n{} networks: {} trained now, {} before, {} failed\nresults      {}\n", end.networks,
                             end.finished, end.found, end.failed, (folder / "explore.sqlite").string());
  }
  if (end.failed > 0) {
    results::Statement failures(store.sqlite(), "SELECT hash, reason FROM failures");
    while (failures.step()) {
      std::cerr << fmt::format("failed: {}: {}\n", failures.value(0).get<std::string>(),
                               failures.value(1).get<std::string>());
    }
  }
  if (end.stopped) std::cerr << "stopped; the same command goes on where it was\n";
  return end.stopped ? exit_stopped : end.failed > 0 ? exit_guest_failed : exit_good;
}

int print_table(const Arguments& arguments) {
  Options options("explore table DIR [options]",
                  "The networks of a folder that 'explore run' filled: means over seeds, or with --every a row each.",
                  "  terse explore table out/fashion\n"
                  "  terse explore table out/fashion --every --format csv\n");
  options.positional("DIR");
  options.add()("grid", po::value<std::string>()->default_value(""), "NAME of a grid; by default all networks");
  options.add()("every", po::bool_switch(), "a row for every network, with all figures");
  add_format(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  results::Sqlite database(explore_database((*values)["DIR"].as<std::string>()), results::Sqlite::Access::read);
  const std::string& grid = (*values)["grid"].as<std::string>();
  const report::Rows rows =
      (*values)["every"].as<bool>() ? explore_networks(database, grid) : explore_table(database, grid);
  std::cout << report::to_text(rows, format_of(*values));
  return exit_good;
}

int dispatch(const std::string& command, const Arguments& rest) {
  if (command == "run") return run_points(rest);
  if (command == "table") return print_table(rest);
  if (command == "frontier") return explore_frontier(rest);
  if (command == "report") return explore_report(rest);
  if (command == "keys") {
    std::cout << explore::keys_page();
    return exit_good;
  }
  throw UsageError(fmt::format("explore knows run, table, frontier, report and keys, not '{}'", command));
}

}  // namespace

int explore_command(const Arguments& arguments) {
  const std::string usage =
      "usage: terse explore COMMAND [options]\n\n"
      "  run       train the networks of a grid\n"
      "  table     what was trained, with accuracies\n"
      "  frontier  run trained networks on platforms: accuracy against cycles, energy and bits\n"
      "  report    accuracy against density and cost: one HTML page, and pictures\n"
      "  keys      reference page of a grid's keys\n\n"
      "'terse explore COMMAND --help' shows options and examples.\n"
      "Example: ./terse explore run scenarios/explore/fashion.yaml\n";
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    (arguments.empty() ? std::cerr : std::cout) << usage;
    return arguments.empty() ? exit_bad_input : exit_good;
  }
  try {
    return dispatch(arguments[0], Arguments(arguments.begin() + 1, arguments.end()));
  } catch (const explore::DatasetError& error) {
    throw UsageError(error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    throw UsageError(error.what());
  } catch (const results::SqliteError& error) {
    if (!error.disk_full()) throw UsageError(error.what());
    std::cerr << "error: " << error.what()
              << "\nWhat is stored stays. Make room and give the same command again; it goes on where it was.\n";
    return exit_stopped;
  }
}

}  // namespace terse::cli
