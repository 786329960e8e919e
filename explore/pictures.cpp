#include "explore/pictures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <map>

#include "platform/process/program.hpp"

namespace terse::explore {

namespace {

using Json = nlohmann::ordered_json;

/// Of a sample.
struct Statistics {
  std::vector<double> values;

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }
  [[nodiscard]] double deviation() const {
    if (values.size() < 2) return 0;
    double sum = 0;
    for (const double value : values) sum += (value - mean()) * (value - mean());
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
  }
};

/// N:m and all N:M of one N are a line; so is every other pattern.
std::string family(const std::string& pattern) {
  const std::size_t colon = pattern.find(':');
  return colon == std::string::npos ? pattern : pattern.substr(0, colon) + ":M";
}

/// A block of gnuplot data with its title.
struct Series {
  std::string title;
  std::vector<std::vector<double>> points;
};

constexpr const char* style =
    "set key outside right top font ',10'\n"
    "set grid lt 1 lw 0.5 lc rgb '#cccccc'\n"
    "set border 3\n"
    "set tics nomirror\n"
    "colours = '#0072b2 #e69f00 #009e73 #cc79a7 #56b4e9 #d55e00 #8b7ec8 #999933 #44aa99 #882255'\n"
    "colour(i) = word(colours, (i - 1) % words(colours) + 1)\n";

class Plotter {
 public:
  explicit Plotter(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  /// `settings`: gnuplot commands; `curves`: what follows `plot`, with the data file as FILE.
  void plot(const std::string& name, const std::vector<Series>& series, const std::string& settings,
            const std::string& curves) {
    std::ofstream data(folder_ / (name + ".dat"));
    for (const Series& one : series) {
      data << "\"" << one.title << "\"\n";
      for (const auto& point : one.points) {
        for (const double value : point) data << value << " ";
        data << "\n";
      }
      data << "\n\n";
    }
    const std::filesystem::path script = folder_ / (name + ".gp");
    std::ofstream commands(script);
    for (const char* kind : {"svg", "png"}) {
      const bool png = std::string(kind) == "png";
      commands << fmt::format("set terminal {}\nset output '{}.{}'\n",
                              png ? "pngcairo noenhanced size 1280,720 font 'DejaVu Sans,14'"
                                  : "svg noenhanced size 900,500 font 'DejaVu Sans,12' background '#ffffff'",
                              name, kind)
               << style << settings << fmt::format("plot {}\n", curves);
      pictures_.push_back(folder_ / fmt::format("{}.{}", name, kind));
    }
    if (!data.flush() || !commands.flush()) {
      throw PictureError(fmt::format("{}: cannot be written", folder_.string()));
    }
    const auto outcome =
        process::run_program({"sh", "-c", fmt::format("cd '{}' && exec gnuplot '{}.gp'", folder_.string(), name)});
    if (outcome.exit_code == 127) {
      throw PictureError("pictures need gnuplot: apt-get install gnuplot-nox; without --pictures there is the page");
    }
    if (outcome.exit_code != 0) throw PictureError(fmt::format("gnuplot: {}", outcome.errors));
  }

  [[nodiscard]] const std::vector<std::filesystem::path>& pictures() const { return pictures_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> pictures_;
};

/// Mean over seeds of a figure by density, a series per family of patterns; and the levels that all are compared with.
void plot_density(Plotter& plotter, const std::string& name, const char* figure, const Json& networks) {
  std::map<std::string, std::map<double, Statistics>> patterns;
  std::map<std::string, Statistics> levels;
  for (const Json& network : networks) {
    if (!network[figure].is_number()) continue;
    const double value = network[figure].get<double>();
    const std::string pattern = network["pattern"].get<std::string>();
    if (pattern == "float" || pattern == "ternary" || pattern == "dense") {
      const std::string bits = pattern == "dense" ? fmt::format("int{}", network["value_bits"].get<int>()) : pattern;
      levels[bits].values.push_back(value);
    } else {
      patterns[family(pattern)][network["density"].get<double>() * 100].values.push_back(value);
    }
  }
  std::vector<Series> series;
  for (const auto& [pattern, densities] : patterns) {
    Series one{pattern, {}};
    for (const auto& [density, statistics] : densities) {
      one.points.push_back(
          {density, statistics.mean(), statistics.deviation(), static_cast<double>(statistics.values.size())});
    }
    series.push_back(one);
  }
  if (series.empty()) return;
  std::string curves = fmt::format(
      "for [i=0:{}] '{}.dat' index i using 1:2:3 with yerrorlines lw 2 pt 7 ps 0.7 lc rgb colour(i + 1) "
      "title columnheader(1)",
      series.size() - 1, name);
  int dash = 2;
  for (const auto& [level, statistics] : levels) {
    curves += fmt::format(", {:.4f} with lines dt {} lc rgb '#444444' title '{} ({:.2f})'", statistics.mean(), dash++,
                          level, statistics.mean());
  }
  plotter.plot(name, series,
               "set logscale x 2\n"
               "set xlabel 'high-precision weights (%)'\n"
               "set ylabel 'accuracy (% of the test images)'\n",
               curves);
}

/// Every run, a series per pattern.
void plot_frontier(Plotter& plotter, const std::string& name, const char* column, double factor, const char* label,
                   const Json& frontier) {
  std::map<std::string, Series> series;
  const Json &patterns = frontier["pattern"], &accuracies = frontier["accuracy"], &costs = frontier[column];
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!patterns[i].is_string() || !accuracies[i].is_number() || !costs[i].is_number()) continue;
    const std::string pattern = family(patterns[i].get<std::string>());
    series[pattern].title = pattern;
    series[pattern].points.push_back({costs[i].get<double>() * factor, accuracies[i].get<double>() * 100});
  }
  std::vector<Series> list;
  for (const auto& [pattern, one] : series) list.push_back(one);
  if (list.empty()) return;
  plotter.plot(
      name, list,
      fmt::format("set xlabel '{}'\nset ylabel 'accuracy (% of the test images)'\nunset logscale x\n", label),
      fmt::format("for [i=0:{}] '{}.dat' index i using 1:2 with points pt (5 + i % 9) ps 1 lc rgb colour(i + 1) "
                  "title columnheader(1)",
                  list.size() - 1, name));
}

}  // namespace

std::vector<std::filesystem::path> draw(const Json& networks, const Json& frontier,
                                        const std::filesystem::path& folder) {
  Plotter plotter(folder);
  plot_density(plotter, "accuracy", "accuracy", networks);
  plot_density(plotter, "before_training", "recalibrated_accuracy", networks);
  if (!frontier.is_null()) {
    plot_frontier(plotter, "energy", "energy_pj", 1e-6, "energy per inference (uJ)", frontier);
    plot_frontier(plotter, "cycles", "cycles_per_inference", 1e-3, "thousand cycles per inference", frontier);
  }
  return plotter.pictures();
}

}  // namespace terse::explore
