// How long an epoch takes: the trainer of explore/ beside a loop in plain libtorch on the same network, ResNet-8 for
// 32 x 32 x 3 images. CPU time, one thread, `steps` steps of 64 images, rounds of all three in turn.
#include <fmt/format.h>
#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "explore/network.hpp"

namespace {

using terse::explore::Experiment;
using terse::explore::Network;

constexpr int batch = 64, images_per_epoch = 50000;

/// ResNet-8 as one writes it in libtorch.
struct PlainImpl : torch::nn::Module {
  static torch::nn::Sequential unit(int in, int out, int kernel, int stride) {
    return torch::nn::Sequential(
        torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false)),
        torch::nn::BatchNorm2d(out));
  }

  PlainImpl() {
    stem = register_module("stem", unit(3, 16, 3, 1));
    const int channels[] = {16, 16, 32, 64};
    for (int i = 0; i < 3; ++i) {
      const std::string name = "block" + std::to_string(i);
      const int stride = i == 0 ? 1 : 2;
      first.push_back(register_module(name + "a", unit(channels[i], channels[i + 1], 3, stride)));
      second.push_back(register_module(name + "b", unit(channels[i + 1], channels[i + 1], 3, 1)));
      if (i > 0) shortcut.push_back(register_module(name + "s", unit(channels[i], channels[i + 1], 1, stride)));
    }
    classifier = register_module("fc", torch::nn::Linear(64, 10));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(stem->forward(x));
    for (std::size_t i = 0; i < 3; ++i) {
      const torch::Tensor inner = torch::relu(first[i]->forward(x));
      const torch::Tensor around = i == 0 ? x : shortcut[i - 1]->forward(x);
      x = torch::relu(second[i]->forward(inner) + around);
    }
    return classifier(x.mean({2, 3}));
  }

  torch::nn::Sequential stem{nullptr};
  std::vector<torch::nn::Sequential> first, second, shortcut;
  torch::nn::Linear classifier{nullptr};
};
TORCH_MODULE(Plain);

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// CPU seconds of an epoch, from `steps` steps.
double epoch(int steps, torch::optim::Optimizer& optimizer,
             const std::function<torch::Tensor(const torch::Tensor&)>& forward) {
  const torch::Tensor pixels = torch::randint(0, 256, {batch, 32, 32, 3}).to(torch::kFloat32).permute({0, 3, 1, 2});
  const torch::Tensor classes = torch::randint(0, 10, {batch}, torch::kInt64);
  const double start = cpu_seconds();
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    torch::nn::functional::cross_entropy(forward(pixels), classes).backward();
    optimizer.step();
  }
  return (cpu_seconds() - start) / steps * images_per_epoch / batch;
}

torch::optim::SGD optimizer_for(const std::vector<torch::Tensor>& parameters) {
  return torch::optim::SGD(parameters, torch::optim::SGDOptions(0.01).momentum(0.9).nesterov(true).weight_decay(1e-4));
}

struct Contender {
  std::string name;
  std::function<double(int)> epoch;
  std::vector<double> seconds = {};
};

Contender ours(const std::string& name, Network::Precision precision, const std::string& pattern) {
  Experiment experiment;
  experiment.weights.pattern = pattern;
  experiment.weights.density = 1.0 / 16;
  const auto network =
      std::make_shared<Network>(terse::explore::topology_of("resnet8", 0, 0, {32, 32, 3}, 10), precision, experiment);
  network->choose_positions();
  return {name, [network](int steps) {
            std::vector<torch::Tensor> parameters = network->decayed_parameters();
            for (const torch::Tensor& other : network->other_parameters()) parameters.push_back(other);
            torch::optim::SGD optimizer = optimizer_for(parameters);
            return epoch(steps, optimizer, [&](const torch::Tensor& x) { return network->forward(x); });
          }};
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 60, rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 268'435'456);
  torch::set_num_threads(1);
  Plain plain;
  for (torch::Tensor& parameter : plain->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
  std::vector<Contender> contenders{
      {"plain libtorch, float",
       [&](int count) {
         torch::optim::SGD optimizer = optimizer_for(plain->parameters());
         return epoch(count, optimizer, [&](const torch::Tensor& x) { return plain->forward(x * (1.0 / 255)); });
       }},
      ours("explore, float", Network::Precision::real, "unstructured"),
      ours("explore, ternary + 1:16", Network::Precision::quantized, "1:16")};
  for (Contender& contender : contenders) contender.epoch(5);  // warm
  for (int round = 0; round < rounds; ++round) {
    for (Contender& contender : contenders) contender.seconds.push_back(contender.epoch(steps));
  }
  const auto median = [](std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  const double base = median(contenders[0].seconds);
  fmt::print("{:26} {:>14} {:>8} {:>8} {:>8}\n", "ResNet-8, 50,000 images", "CPU s an epoch", "least", "most", "ratio");
  for (Contender& contender : contenders) {
    const auto [least, most] = std::minmax_element(contender.seconds.begin(), contender.seconds.end());
    fmt::print("{:26} {:14.1f} {:8.1f} {:8.1f} {:8.2f}\n", contender.name, median(contender.seconds), *least, *most,
               median(contender.seconds) / base);
  }
  return 0;
}
