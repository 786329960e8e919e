// Training as a user starts it: on images made here, in seconds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "compiler/import/import.hpp"
#include "compiler/reference/reference.hpp"
#include "explore/dataset.hpp"
#include "explore/grid.hpp"
#include "explore/grid_run.hpp"
#include "platform/process/program.hpp"
#include "tests/support/temporary_path.hpp"

namespace terse::explore {
namespace {

using process::ProgramOutcome;
using testing::HasSubstr;

constexpr int side = 12, classes = 3;

void write_idx(const std::filesystem::path& file, const std::vector<int>& dimensions,
               const std::vector<std::uint8_t>& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << '\0' << '\0' << '\x08' << static_cast<char>(dimensions.size());
  for (const int dimension : dimensions) {
    stream << '\0' << '\0' << static_cast<char>(dimension / 256) << static_cast<char>(dimension % 256);
  }
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Noise with a bright bar whose direction is the class.
void write_set(const std::filesystem::path& folder, const std::string& part, int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> pixels, labels;
  for (int i = 0; i < count; ++i) {
    const int label = static_cast<int>(random() % classes), at = 3 + static_cast<int>(random() % 6);
    labels.push_back(static_cast<std::uint8_t>(label));
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const bool bright = label == 0 ? x == at : label == 1 ? y == at : x == y;
        pixels.push_back(static_cast<std::uint8_t>(random() % 120 + (bright ? 100 : 0)));
      }
    }
  }
  write_idx(folder / (part + "-images-idx3-ubyte"), {count, side, side}, pixels);
  write_idx(folder / (part + "-labels-idx1-ubyte"), {count}, labels);
}

class TrainingTest : public testing::Test {
 protected:
  TrainingTest() : folder_("training") {
    std::filesystem::create_directories(folder_.path());
    write_set(folder_.path(), "train", 900, 1);
    write_set(folder_.path(), "t10k", 300, 2);
  }

  [[nodiscard]] std::filesystem::path grid(const std::string& text) const {
    const std::filesystem::path file = folder_.path() / "grid.yaml";
    std::ofstream(file) << "data: {set: idx, path: ., validation: 100, augmentation: none}\n"
                           "float_training: {epochs: 3, batch: 20}\n"
                        << text;
    return file;
  }

  [[nodiscard]] ProgramOutcome terse(const std::vector<std::string>& words, const std::string& limit = "") const {
    std::vector<std::string> command{TERSE_BINARY_DIR "/bin/terse"};
    if (!limit.empty()) command = {"timeout", "-s", "KILL", limit, command[0]};
    command.insert(command.end(), words.begin(), words.end());
    return process::run_program(command);
  }

  /// The figures of a folder's networks, without what depends on the machine.
  [[nodiscard]] std::string figures(const std::filesystem::path& results) const {
    const ProgramOutcome outcome = terse({"explore", "table", results.string(), "--every", "--format", "csv"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    std::istringstream lines(outcome.output);
    std::string all;
    for (std::string line; std::getline(lines, line);) all += line.substr(0, line.rfind(',')) + "\n";
    return all;
  }

  test::TemporaryPath folder_;
};

std::vector<int> read_predictions(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<int> predictions;
  for (int prediction = 0; stream >> prediction;) predictions.push_back(prediction);
  return predictions;
}

constexpr const char* every_way =
    "network: {name: fashion, width: 4}\n"
    "training: {epochs: 1, batch: 20}\n"
    "sweep:\n"
    "  list:\n"
    "    - {weights.density: 0}\n"
    "    - {weights.density: 1, weights.value_bits: 4}\n"
    "    - {weights.pattern: '1:8', training.schedule: dynamic}\n"
    "    - {weights.pattern: '2:16', weights.composition: residual, weights.value_bits: 4}\n"
    "    - {weights.pattern: block_4x4, weights.density: 0.2, training.schedule: incremental}\n"
    "    - {weights.pattern: random, weights.density: 0.2, training.schedule: random_relaxation}\n"
    "    - {weights.pattern: unstructured, weights.criterion: fisher, training.distillation: 0.5}\n"
    "    - {weights.pattern: row_balanced, weights.ternary_scale: learned, activations.scale: learned}\n"
    "    - {weights.pattern: kernel_tap, weights.density: 0.12, activations.bits: 4, weights.value_bits: 16}\n";

/// Whatever is asked for, the integer evaluation says what the golden reference says of the file, image by image.
TEST_F(TrainingTest, IntegerPredictionsAreTheGoldenReferences) {
  const std::filesystem::path file = grid(every_way), results = folder_.path() / "out";
  const ProgramOutcome run = terse({"explore", "run", file.string(), "-o", results.string()});
  ASSERT_EQ(run.exit_code, 0) << run.output << run.errors;
  const Dataset data = read_dataset("idx", folder_.path());
  const Grid points(file, {});
  ASSERT_EQ(points.points().size(), 9U);
  for (const GridPoint& point : points.points()) {
    const std::filesystem::path network = folder_of(results, point.hash);
    const compiler::QuantizedNetwork read = compiler::import_network(network / "network.onnx", {});
    const std::vector<int> predictions = read_predictions(network / "network.predictions");
    ASSERT_EQ(predictions.size(), data.test.count());
    int right = 0;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const auto logits = reference::evaluate(read, data.test.image(i))[read.output];
      const auto greatest = std::max_element(logits.begin(), logits.end());
      ASSERT_EQ(predictions[i], greatest - logits.begin()) << point.hash << " image " << i;
      right += predictions[i] == data.test.labels[i] ? 1 : 0;
    }
    // A third is chance.
    EXPECT_GT(right, 150) << Experiment(point.experiment).effective().dump();
    for (const compiler::Layer& layer : read.layers) {
      for (const std::int8_t value : layer.ternary) ASSERT_LE(std::abs(value), 1);
    }
  }
}

TEST_F(TrainingTest, PlatformsPredictTheSame) {
  const std::filesystem::path file = grid(every_way), results = folder_.path() / "out";
  ASSERT_EQ(terse({"explore", "run", file.string(), "-o", results.string()}).exit_code, 0);
  const ProgramOutcome frontier = terse({"explore", "frontier", results.string(), "--platforms",
                                         TERSE_SOURCE_DIR "/scenarios/platforms/reference.yaml", "--superposition",
                                         "concurrent,fused", "--images", "20", "--timing", "functional"});
  // The fused lanes of this platform have 8 bits: one network of 16 is refused, and kept as a failure.
  EXPECT_EQ(frontier.exit_code, 3) << frontier.errors;
  EXPECT_THAT(frontier.output, HasSubstr("17 runs, 1 failed; all verified, predictions as in integer evaluation"));
}

TEST_F(TrainingTest, TheSameSeedGivesTheSameBitsAndAnotherOthers) {
  const std::filesystem::path file = grid(
      "network: {name: vgg, width: 4, depth: 1}\ntraining: {epochs: 1, batch: 20}\nsweep: {grid: {seed: [1, 2]}}\n");
  const auto once = [&](const std::string& folder) {
    const std::filesystem::path results = folder_.path() / folder;
    EXPECT_EQ(terse({"explore", "run", file.string(), "-o", results.string()}).exit_code, 0);
    return figures(results);
  };
  const std::string first = once("a");
  EXPECT_EQ(first, once("b"));
  const Grid points(file, {});
  const auto bytes = [&](const GridPoint& point) {
    std::ifstream stream(folder_of(folder_.path() / "a", point.hash) / "network.onnx", std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  };
  EXPECT_NE(bytes(points.points()[0]), bytes(points.points()[1]));
}

/// Killed again and again, at moments that have nothing to do with what it does, it ends where an undisturbed one does.
TEST_F(TrainingTest, AKilledGridGoesOnToTheSameBits) {
  const std::filesystem::path file = grid(
      "network: {name: ds_cnn, width: 8, depth: 1}\n"
      "training: {epochs: 4, batch: 20}\n"
      "sweep:\n"
      "  list:\n"
      "    - {weights.pattern: '1:8', training.schedule: dynamic}\n"
      "    - {weights.density: 0.1, weights.pattern: unstructured, training.schedule: incremental}\n"
      "    - {weights.density: 0.1, weights.pattern: row_balanced, activations.scale: learned,\n"
      "       weights.ternary_scale: learned, training.schedule: random_relaxation}\n");
  const std::filesystem::path whole = folder_.path() / "whole", cut = folder_.path() / "cut";
  ASSERT_EQ(terse({"explore", "run", file.string(), "-o", whole.string()}).exit_code, 0);
  int kills = 0;
  double limit = 0.7;
  while (terse({"explore", "run", file.string(), "-o", cut.string()}, fmt::format("{:.2f}", limit)).exit_code != 0) {
    ++kills;
    limit *= 1.3;  // at last longer than an epoch takes on any machine
    ASSERT_LT(kills, 40);
  }
  EXPECT_GT(kills, 0);
  EXPECT_EQ(figures(cut), figures(whole));
}

TEST_F(TrainingTest, AFailureIsKeptAndTriedAgain) {
  const std::filesystem::path file = grid("network: {width: 4}\ndata.validation: 3\n");
  EXPECT_EQ(terse({"explore", "run", file.string(), "-o", (folder_.path() / "x").string()}).exit_code, 2);
  const std::filesystem::path few = grid("network: {width: 4}\ntraining: {epochs: 1, batch: 4000}\n");
  const std::filesystem::path results = folder_.path() / "out";
  const ProgramOutcome outcome = terse({"explore", "run", few.string(), "-o", results.string()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("900 training images are not enough for 100 held out and a batch of 4000"));
  const ProgramOutcome again =
      terse({"explore", "run", few.string(), "-o", results.string(), "--set", "training.batch=20"});
  EXPECT_EQ(again.exit_code, 0) << again.errors;
}

}  // namespace
}  // namespace terse::explore
