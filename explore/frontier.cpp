#include "explore/frontier.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "explore/dataset.hpp"
#include "explore/grid_run.hpp"

namespace terse::explore {

namespace {

using Json = nlohmann::ordered_json;

/// What training said of a network; frontier rows start from it.
struct Trained {
  FrontierRow row;
  std::string configuration;
};

std::vector<Trained> trained_networks(Store& store, const std::string& grid) {
  const std::string from = grid.empty() ? "networks" : "(SELECT * FROM points WHERE grid = ?)";
  results::Statement statement(
      store.sqlite(),
      fmt::format("SELECT hash, network, pattern, density, value_bits, criterion, schedule, seed, accuracy, "
                  "bits_per_weight, configuration FROM {} WHERE is_float = 0 ORDER BY density, pattern, seed, hash",
                  from));
  if (!grid.empty()) statement.bind(grid);
  std::vector<Trained> all;
  while (statement.step()) {
    FrontierRow row;
    row.hash = statement.value(0).get<std::string>();
    row.network = statement.value(1).get<std::string>();
    row.pattern = statement.value(2).get<std::string>();
    row.density = statement.value(3).get<double>();
    row.value_bits = statement.value(4).get<int>();
    row.criterion = statement.value(5).get<std::string>();
    row.schedule = statement.value(6).get<std::string>();
    row.seed = statement.value(7).get<int>();
    row.accuracy = statement.value(8).get<double>();
    row.bits_per_weight = statement.value(9).get<double>();
    all.push_back({row, statement.value(10).get<std::string>()});
  }
  if (all.empty()) {
    throw FrontierError(grid.empty() ? "no quantized network has been trained here yet; 'terse explore run' does that"
                                     : fmt::format("no quantized network of grid '{}' has been trained here", grid));
  }
  return all;
}

/// The first test images as one raw file, and their labels.
void write_inputs(const std::vector<Trained>& networks, std::uint32_t count, const std::filesystem::path& folder) {
  std::set<std::string> data;
  for (const Trained& network : networks) data.insert(Json::parse(network.configuration)["data"].dump());
  if (data.size() != 1) throw FrontierError("these networks are of different data; choose a grid with --grid");
  const Json settings = Json::parse(*data.begin());
  const Dataset set = read_dataset(settings["set"].get<std::string>(), settings["path"].get<std::string>());
  if (count > set.test.count()) {
    throw FrontierError(fmt::format("--images {}: there are {} test images", count, set.test.count()));
  }
  std::ofstream inputs(folder / "inputs.bin", std::ios::binary), labels(folder / "labels.csv");
  for (std::size_t i = 0; i < count; ++i) {
    const auto image = set.test.image(i);
    inputs.write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
    labels << +set.test.labels[i] << "\n";
  }
  if (!inputs.flush() || !labels.flush()) {
    throw FrontierError(fmt::format("{}: the inputs cannot be written", folder.string()));
  }
}

std::string quoted_list(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", value);
  return text;
}

std::filesystem::path write_sweep(const std::vector<Trained>& networks, const FrontierOptions& options) {
  std::vector<std::string> files, platforms;
  for (const Trained& network : networks) {
    files.push_back((folder_of(std::filesystem::absolute(options.folder), network.row.hash) / "network.onnx").string());
  }
  for (const std::string& platform : options.platforms) {
    platforms.push_back(std::filesystem::absolute(platform).lexically_normal().string());
  }
  const std::filesystem::path file = options.output / "frontier.yaml";
  std::ofstream stream(file);
  stream << fmt::format(
      "# Made by 'terse explore frontier'.\n"
      "name: frontier\n"
      "network: \"{}\"\n"
      "platform: \"{}\"\n"
      "dataset: {{type: files, inputs: inputs.bin, labels: labels.csv, element: uint8, images: {}}}\n"
      "run: {{timing: {}, superposition: {}, baselines: none}}\n"
      "sweep:\n"
      "  grid:\n"
      "    network: [{}]\n"
      "    platform: [{}]\n"
      "    run.superposition: [{}]\n",
      files.front(), platforms.front(), options.images, options.timing, options.superpositions.front(),
      quoted_list(files), quoted_list(platforms), quoted_list(options.superpositions));
  if (!stream.flush()) throw FrontierError(fmt::format("{}: cannot be written", file.string()));
  return file;
}

std::vector<int> read_predictions(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<int> predictions;
  for (int prediction = 0; stream >> prediction;) predictions.push_back(prediction);
  return predictions;
}

double number_at(const Json& json, const char* pointer) {
  const Json value = json.value(Json::json_pointer(pointer), Json());
  return value.is_number() ? value.get<double>() : 0.0;
}

double pass_cycles(const Json& result, const char* pass) {
  return number_at(result, fmt::format("/passes/{}/cycles", pass).c_str());
}

/// Fills in what the platform said.
void add_result(FrontierRow& row, const Json& result, const std::vector<int>& predictions) {
  row.cycles = number_at(result, "/cycles_per_inference");
  row.energy_pj = number_at(result, "/energy_pj/total");
  row.energy_uncertainty_pj = number_at(result, "/energy_pj/total_uncertainty_pj");
  row.on_chip_pj = number_at(result, "/energy_pj/on_chip");
  row.dense_pj = number_at(result, "/energy_pj/by_pass/dense");
  row.sparse_pj = number_at(result, "/energy_pj/by_pass/sparse");
  row.dense_cycles = pass_cycles(result, "dense");
  row.sparse_cycles = pass_cycles(result, "sparse");
  row.area_um2 = number_at(result, "/area_um2/total");
  row.tmac_area_um2 = number_at(result, "/area_um2/by_unit/tmac");
  row.spu_area_um2 = number_at(result, "/area_um2/by_unit/spu");
  row.verified = result.value("verified", false);
  if (!result.contains("accuracy") || !result["accuracy"].is_object()) return;
  const Json& found = result["accuracy"]["predictions"];
  row.images = static_cast<int>(found.size());
  for (std::size_t i = 0; i < found.size() && i < predictions.size(); ++i) {
    row.equal_predictions += found[i].get<int>() == predictions[i] ? 1 : 0;
  }
}

std::vector<FrontierRow> join(const std::vector<Trained>& networks, results::Database& database, std::int64_t sweep,
                              const std::filesystem::path& folder) {
  std::map<std::string, const Trained*> by_hash;
  for (const Trained& network : networks) by_hash[network.row.hash] = &network;
  results::Statement statement(database.sqlite(),
                               "SELECT \"network\", \"platform\", \"run.superposition\", result FROM sweep_results "
                               "WHERE sweep_id = ? ORDER BY position");
  statement.bind(sweep);
  std::vector<FrontierRow> rows;
  while (statement.step()) {
    const std::filesystem::path file = statement.value(0).get<std::string>();
    const auto network = by_hash.find(file.parent_path().filename().string());
    if (network == by_hash.end()) continue;
    FrontierRow row = network->second->row;
    row.platform = std::filesystem::path(statement.value(1).get<std::string>()).stem().string();
    row.superposition = statement.value(2).get<std::string>();
    add_result(row, Json::parse(statement.value(3).get<std::string>()),
               read_predictions(folder_of(folder, row.hash) / "network.predictions"));
    rows.push_back(row);
  }
  return rows;
}

/// What is compared: means over seeds.
struct Mean {
  double accuracy = 0, cycles = 0, energy = 0, bits = 0;
  std::size_t count = 0;

  [[nodiscard]] bool dominates(const Mean& other) const {
    const bool no_worse =
        accuracy >= other.accuracy && cycles <= other.cycles && energy <= other.energy && bits <= other.bits;
    return no_worse &&
           (accuracy > other.accuracy || cycles < other.cycles || energy < other.energy || bits < other.bits);
  }
};

}  // namespace

void mark_pareto(std::vector<FrontierRow>& rows) {
  std::map<std::string, Mean> means;
  const auto key = [](const FrontierRow& row) {
    return fmt::format("{} {} {} {} {} {} {} {}", row.network, row.pattern, row.density, row.value_bits, row.criterion,
                       row.schedule, row.platform, row.superposition);
  };
  for (const FrontierRow& row : rows) {
    Mean& mean = means[key(row)];
    mean.accuracy += row.accuracy;
    mean.cycles += row.cycles;
    mean.energy += row.energy_pj;
    mean.bits += row.bits_per_weight;
    ++mean.count;
  }
  for (auto& [name, mean] : means) {
    const auto count = static_cast<double>(mean.count);
    mean = {mean.accuracy / count, mean.cycles / count, mean.energy / count, mean.bits / count, mean.count};
  }
  for (FrontierRow& row : rows) {
    const Mean& own = means.at(key(row));
    row.pareto = std::ranges::none_of(means, [&](const auto& other) { return other.second.dominates(own); });
  }
}

Frontier run_frontier(Store& store, const FrontierOptions& options, const sweep::OnProgress& progress) {
  const std::vector<Trained> networks = trained_networks(store, options.grid);
  std::filesystem::create_directories(options.output);
  write_inputs(networks, options.images, options.output);
  sweep::Sweep sweep(write_sweep(networks, options), {});
  results::Database database(options.output / "results.sqlite");
  sweep::Ledger ledger(sweep, database);
  sweep::run_locally(sweep, ledger, {options.jobs, 0}, progress);
  Frontier frontier;
  frontier.failed = ledger.tally().failed;
  frontier.stopped = ledger.tally().stopped;
  frontier.rows = join(networks, database, ledger.sweep_id(), options.folder);
  mark_pareto(frontier.rows);
  return frontier;
}

}  // namespace terse::explore
