#include "explore/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>
#include <numbers>

#include "explore/augmentation.hpp"
#include "explore/network.hpp"

namespace terse::explore {

namespace {

constexpr double momentum = 0.9;
constexpr double warm_up_fraction = 0.05;
constexpr std::size_t evaluation_batch = 500;
constexpr std::size_t calibration_images = 4096;
constexpr std::size_t fisher_images = 2048;

// Quantization-aware training in two stages: everything moves, then the choice of high-precision weights (dynamic) and
// the activation scales stand still. Batch-norm statistics keep following to the end: ternary weights still flip then,
// and freezing the statistics for the last 15 % of the steps cost 0.8 points of validation accuracy (all-ternary, 6
// epochs on Fashion-MNIST).
constexpr double moving_fraction = 0.5;

/// Part of the training after which the next value holds.
struct Stage {
  double from, value;
};
constexpr Stage frozen_stages[] = {{0, 0.5}, {0.25, 0.75}, {0.5, 0.875}, {0.75, 1}};                // INQ, section 3.1
constexpr Stage relaxed_stages[] = {{0, 0.1}, {0.2, 0.05}, {0.4, 0.025}, {0.6, 0.0125}, {0.8, 0}};  // RPR, section III

template <std::size_t N>
double value_at(const Stage (&stages)[N], double progress) {
  double value = stages[0].value;
  for (const Stage& stage : stages) {
    if (progress >= stage.from) value = stage.value;
  }
  return value;
}

double learning_rate_factor(double progress) {
  if (progress < warm_up_fraction) return progress / warm_up_fraction;
  const double rest = (progress - warm_up_fraction) / (1.0 - warm_up_fraction);
  return 0.5 * (1.0 + std::cos(std::numbers::pi * rest));
}

double cpu_seconds_so_far() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// [N, C, H, W] over pixels [image][row][column][channel].
torch::Tensor as_batch(float* pixels, std::size_t count, const ImageShape& shape) {
  return torch::from_blob(pixels, {static_cast<std::int64_t>(count), shape.rows, shape.columns, shape.channels})
      .permute({0, 3, 1, 2});
}

std::vector<int> predict(Network& network, const LabelledImages& images, std::size_t first, std::size_t count) {
  const torch::NoGradGuard no_gradient;
  network.set_training(false);
  std::vector<int> predictions;
  std::vector<float> pixels;
  for (std::size_t done = 0; done < count; done += evaluation_batch) {
    const std::size_t now = std::min(evaluation_batch, count - done);
    const auto begin = images.pixels.begin() + static_cast<std::ptrdiff_t>((first + done) * images.image_size());
    pixels.assign(begin, begin + static_cast<std::ptrdiff_t>(now * images.image_size()));
    const torch::Tensor classes = network.forward(as_batch(pixels.data(), now, images.shape)).argmax(1).contiguous();
    for (std::size_t i = 0; i < now; ++i) predictions.push_back(static_cast<int>(classes.data_ptr<std::int64_t>()[i]));
  }
  network.set_training(true);
  return predictions;
}

double accuracy(const std::vector<int>& predictions, const LabelledImages& images, std::size_t first) {
  if (predictions.empty()) return 0;
  std::size_t right = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) right += predictions[i] == images.labels[first + i] ? 1 : 0;
  return 100.0 * static_cast<double>(right) / static_cast<double>(predictions.size());
}

std::unique_ptr<torch::optim::SGD> make_optimizer(const Network& network, const ScheduleSettings& schedule) {
  const auto settings = [&](double weight_decay) {
    return torch::optim::SGDOptions(schedule.learning_rate)
        .momentum(momentum)
        .nesterov(true)
        .weight_decay(weight_decay);
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(network.decayed_parameters(),
                      std::make_unique<torch::optim::SGDOptions>(settings(schedule.weight_decay)));
  groups.emplace_back(network.other_parameters(), std::make_unique<torch::optim::SGDOptions>(settings(0.0)));
  return std::make_unique<torch::optim::SGD>(std::move(groups), settings(0.0));
}

/// Written whole or not at all.
void save_archive(torch::serialize::OutputArchive& archive, const std::filesystem::path& path) {
  const std::filesystem::path partial = path.string() + ".partial";
  archive.save_to(partial.string());
  std::filesystem::rename(partial, path);
}

double number_in(torch::serialize::InputArchive& archive, const std::string& key) {
  torch::IValue value;
  archive.read(key, value);
  return value.toDouble();
}

void load_network(Network& network, const std::filesystem::path& path) {
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(path.string());
    network.load(archive);
  } catch (const c10::Error& error) {
    throw StateError(fmt::format("{}: {}", path.string(), error.what_without_backtrace()));
  }
}

class Trainer {
 public:
  Trainer(const Dataset& data, const Experiment& experiment, const ScheduleSettings& schedule, Network& network,
          Network* teacher, std::filesystem::path folder)
      : data_(data),
        experiment_(experiment),
        schedule_(schedule),
        network_(network),
        teacher_(teacher),
        folder_(std::move(folder)),
        training_images_(data.training.count() - experiment.data.validation),
        steps_per_epoch_(training_images_ / schedule.batch),
        total_steps_(static_cast<std::size_t>(std::lround(schedule.epochs * static_cast<double>(steps_per_epoch_)))),
        sampler_(data.training, 0, training_images_, augmentation_of(experiment.data), experiment.seed),
        pixels_(schedule.batch * data.training.image_size()),
        labels_(schedule.batch) {}

  /// Before the first step of a quantized network.
  void quantize(TrainingOutcome& outcome) {
    if (experiment_.weights.criterion == "fisher") note_gradients();
    network_.choose_positions();
    calibrate();
    outcome.recalibrated_validation = validation_accuracy();
    outcome.recalibrated_test = accuracy(predict(network_, data_.test, 0, data_.test.count()), data_.test, 0);
    outcome.start_error = network_.weight_error();
  }

  /// Goes on where a run before was cut short. False when there was none.
  bool resume(TrainingOutcome& outcome) {
    const std::filesystem::path file = folder_ / "training.pt";
    if (!std::filesystem::exists(file)) return false;
    try {
      torch::serialize::InputArchive archive;
      archive.load_from(file.string());
      network_.load(archive);
      torch::IValue value;
      archive.read("sampler", value);
      sampler_.restore(value.toStringRef());
      done_ = static_cast<std::size_t>(number_in(archive, "done"));
      stage_ = number_in(archive, "stage");
      outcome.recalibrated_validation = number_in(archive, "recalibrated_validation");
      outcome.recalibrated_test = number_in(archive, "recalibrated_test");
      outcome.start_error = number_in(archive, "start_error");
      outcome.loss = number_in(archive, "loss");
      cpu_before_ = number_in(archive, "cpu_seconds");
      optimizer_ = make_optimizer(network_, schedule_);
      torch::serialize::InputArchive of_optimizer;
      archive.read("optimizer", of_optimizer);
      optimizer_->load(of_optimizer);
    } catch (const c10::Error& error) {
      throw StateError(fmt::format("{}: {}\nRemove the file to train from the beginning.", file.string(),
                                   error.what_without_backtrace()));
    }
    return true;
  }

  void run(TrainingOutcome& outcome, const OnTraining& progress) {
    if (!optimizer_) optimizer_ = make_optimizer(network_, schedule_);
    double loss = 0;
    while (done_ < total_steps_) {
      const std::size_t in_epoch = done_ % steps_per_epoch_;
      if (in_epoch == 0) {
        if (done_ > 0) save(outcome);
        sampler_.start_epoch();
        loss = 0;
      }
      loss += step();
      outcome.loss = loss / static_cast<double>(in_epoch + 1);
      progress(static_cast<double>(done_) / static_cast<double>(total_steps_),
               fmt::format("epoch {}/{}, loss {:.3f}", (done_ - 1) / steps_per_epoch_ + 1,
                           (total_steps_ + steps_per_epoch_ - 1) / steps_per_epoch_, outcome.loss));
    }
  }

  void measure(TrainingOutcome& outcome) {
    outcome.validation = validation_accuracy();
    outcome.predictions = predict(network_, data_.test, 0, data_.test.count());
    outcome.test = accuracy(outcome.predictions, data_.test, 0);
    outcome.error = network_.weight_error();
    outcome.network = network_.export_network();
    outcome.cpu_seconds = cpu_before_ + cpu_seconds_so_far();
    torch::serialize::OutputArchive archive;
    network_.save(archive);
    save_archive(archive, folder_ / "network.pt");
    std::filesystem::remove(folder_ / "training.pt");
  }

 private:
  static Augmentation augmentation_of(const DataSettings& data) {
    if (data.augmentation == "none") return {};
    return {data.set == "cifar10" ? 4 : 2, true};
  }

  double validation_accuracy() {
    return accuracy(predict(network_, data_.training, training_images_, experiment_.data.validation), data_.training,
                    training_images_);
  }

  /// The training images in their order, without augmentation.
  template <typename Visit>
  void for_batches(std::size_t images, Visit visit) {
    const std::size_t size = schedule_.batch, image = data_.training.image_size();
    for (std::size_t first = 0; first + size <= std::min(images, training_images_); first += size) {
      const auto begin = data_.training.pixels.begin() + static_cast<std::ptrdiff_t>(first * image);
      std::copy(begin, begin + static_cast<std::ptrdiff_t>(size * image), pixels_.begin());
      std::copy_n(data_.training.labels.begin() + static_cast<std::ptrdiff_t>(first), size, labels_.begin());
      visit(batch());
    }
  }

  void calibrate() {
    const torch::NoGradGuard no_gradient;
    network_.set_momentum(std::nullopt);
    network_.reset_statistics();
    for_batches(calibration_images, [&](const torch::Tensor& images) { network_.forward(images); });
    network_.set_momentum(0.1);
  }

  /// Of the float network: nothing is ternary yet.
  void note_gradients() {
    network_.relax(1);
    for_batches(fisher_images, [&](const torch::Tensor& images) {
      loss_of(network_.forward(images), images).backward();
      network_.note_gradients();
      for (const auto& parameters : {network_.decayed_parameters(), network_.other_parameters()}) {
        for (const torch::Tensor& parameter : parameters) parameter.mutable_grad() = torch::Tensor();
      }
    });
    network_.relax(0);
  }

  torch::Tensor batch() { return as_batch(pixels_.data(), schedule_.batch, data_.training.shape); }

  torch::Tensor loss_of(const torch::Tensor& logits, const torch::Tensor& images) {
    namespace functional = torch::nn::functional;
    const torch::Tensor classes = torch::from_blob(labels_.data(), {schedule_.batch}, torch::kInt64);
    const torch::Tensor loss = functional::cross_entropy(logits, classes);
    const double share = experiment_.training.distillation, temperature = experiment_.training.temperature;
    if (teacher_ == nullptr || share == 0) return loss;
    torch::Tensor soft;
    {
      const torch::NoGradGuard no_gradient;
      soft = torch::softmax(teacher_->forward(images) / temperature, 1);
    }
    const torch::Tensor distance = functional::kl_div(torch::log_softmax(logits / temperature, 1), soft,
                                                      functional::KLDivFuncOptions().reduction(torch::kBatchMean));
    return (1 - share) * loss + share * temperature * temperature * distance;
  }

  /// What the schedule of a quantized network does before a step.
  void advance_schedule(double progress) {
    const std::string& schedule = experiment_.training.schedule;
    const bool refresh = done_ % experiment_.training.refresh_steps == 0;
    network_.set_observing(progress < moving_fraction);
    if (schedule == "dynamic" && progress < moving_fraction && refresh) network_.choose_positions();
    if (schedule == "random_relaxation" && refresh) network_.relax(value_at(relaxed_stages, progress));
    if (schedule == "incremental" && value_at(frozen_stages, progress) != stage_) {
      stage_ = value_at(frozen_stages, progress);
      network_.freeze(stage_);
    }
  }

  double step() {
    const double progress = static_cast<double>(done_) / static_cast<double>(total_steps_);
    for (auto& group : optimizer_->param_groups()) {
      group.options().set_lr(schedule_.learning_rate * learning_rate_factor(progress));
    }
    if (teacher_ != nullptr) advance_schedule(progress);
    ++done_;
    sampler_.next(pixels_, labels_);
    const torch::Tensor images = batch();
    optimizer_->zero_grad();
    const torch::Tensor loss = loss_of(network_.forward(images), images);
    loss.backward();
    optimizer_->step();
    network_.hold();
    return loss.item<double>();
  }

  void save(const TrainingOutcome& outcome) {
    torch::serialize::OutputArchive archive;
    network_.save(archive);
    archive.write("sampler", torch::IValue(sampler_.state()));
    archive.write("done", torch::IValue(static_cast<double>(done_)));
    archive.write("stage", torch::IValue(stage_));
    archive.write("recalibrated_validation", torch::IValue(outcome.recalibrated_validation));
    archive.write("recalibrated_test", torch::IValue(outcome.recalibrated_test));
    archive.write("start_error", torch::IValue(outcome.start_error));
    archive.write("loss", torch::IValue(outcome.loss));
    archive.write("cpu_seconds", torch::IValue(cpu_before_ + cpu_seconds_so_far()));
    torch::serialize::OutputArchive of_optimizer;
    optimizer_->save(of_optimizer);
    archive.write("optimizer", of_optimizer);
    save_archive(archive, folder_ / "training.pt");
  }

  const Dataset& data_;
  const Experiment& experiment_;
  const ScheduleSettings& schedule_;
  Network& network_;
  Network* teacher_;  ///< The float network; null while that is trained itself.
  std::filesystem::path folder_;
  std::size_t training_images_, steps_per_epoch_, total_steps_;
  std::size_t done_ = 0;
  double stage_ = 0, cpu_before_ = 0;
  TrainingSampler sampler_;
  std::unique_ptr<torch::optim::SGD> optimizer_;
  std::vector<float> pixels_;
  std::vector<std::int64_t> labels_;
};

Topology topology_for(const Experiment& experiment, const Dataset& data) {
  const NetworkSettings& network = experiment.network;
  return topology_of(network.name, static_cast<int>(network.width), static_cast<int>(network.depth),
                     data.training.shape, data.classes, network.first_and_last);
}

/// One thread: the same seed gives the same bits, and two experiments at a time use two cores better than one on both.
void check(const Dataset& data, const Experiment& experiment, const ScheduleSettings& schedule) {
  torch::set_num_threads(1);
  if (data.training.count() < experiment.data.validation + schedule.batch) {
    throw DatasetError(fmt::format("{} training images are not enough for {} held out and a batch of {}",
                                   data.training.count(), experiment.data.validation, schedule.batch));
  }
}

}  // namespace

TrainingOutcome train_float(const Dataset& data, const Experiment& experiment, const std::filesystem::path& folder,
                            const OnTraining& progress) {
  check(data, experiment, experiment.float_training);
  Network network(topology_for(experiment, data), Network::Precision::real, experiment);
  Trainer trainer(data, experiment, experiment.float_training, network, nullptr, folder);
  TrainingOutcome outcome;
  trainer.resume(outcome);
  trainer.run(outcome, progress);
  trainer.measure(outcome);
  return outcome;
}

TrainingOutcome train_quantized(const Dataset& data, const Experiment& experiment,
                                const std::filesystem::path& float_network, const std::filesystem::path& folder,
                                const OnTraining& progress) {
  check(data, experiment, experiment.training);
  Network teacher(topology_for(experiment, data), Network::Precision::real, experiment);
  load_network(teacher, float_network);
  teacher.set_training(false);
  Network network(topology_for(experiment, data), Network::Precision::quantized, experiment);
  Trainer trainer(data, experiment, experiment.training, network, &teacher, folder);
  TrainingOutcome outcome;
  if (!trainer.resume(outcome)) {
    network.import_float(teacher);
    trainer.quantize(outcome);
  }
  trainer.run(outcome, progress);
  trainer.measure(outcome);
  return outcome;
}

}  // namespace terse::explore
