#include "explore/topology.hpp"

#include <map>
#include <stdexcept>

namespace terse::explore {

namespace {

/// Appends nodes, each reading the one before it unless told otherwise.
class Builder {
 public:
  explicit Builder(Topology topology) : topology_(std::move(topology)) {
    channels_["image"] = topology_.image.channels;
  }

  Node& convolution(const std::string& name, int output_channels, int kernel, int stride) {
    return add({.name = name,
                .input = last_,
                .residual = "",
                .input_channels = channels_.at(last_),
                .output_channels = output_channels,
                .kernel = kernel,
                .stride = stride,
                .padding = kernel / 2});
  }

  /// 3 x 3, one filter per channel.
  void depthwise(const std::string& name) {
    Node& node = convolution(name, channels_.at(last_), 3, 1);
    node.groups = node.input_channels;
    node.all_precise = true;
  }

  /// y = relu(conv2(relu(conv1(x))) + shortcut(x)); the shortcut is a 1 x 1 convolution where the shape changes.
  void residual_block(const std::string& name, int output_channels, int stride) {
    const std::string x = last_;
    convolution(name + ".conv1", output_channels, 3, stride);
    const std::string inner = last_;
    std::string shortcut = x;
    if (stride != 1 || channels_.at(x) != output_channels) {
      last_ = x;
      convolution(name + ".shortcut", output_channels, 1, stride).relu = false;
      shortcut = last_;
    }
    last_ = inner;
    convolution(name + ".conv2", output_channels, 3, 1).residual = shortcut;
  }

  void max_pool(const std::string& name) {
    add({.name = name,
         .kind = Node::Kind::max_pool,
         .input = last_,
         .residual = "",
         .input_channels = channels_.at(last_),
         .output_channels = channels_.at(last_),
         .kernel = 2,
         .stride = 2,
         .relu = false});
  }

  Topology finish(bool first_and_last) {
    const int features = channels_.at(last_);
    add({.name = "pool",
         .kind = Node::Kind::average_pool,
         .input = last_,
         .residual = "",
         .input_channels = features,
         .output_channels = features,
         .relu = false});
    add({.name = "fc",
         .kind = Node::Kind::fully_connected,
         .input = last_,
         .residual = "",
         .input_channels = features,
         .output_channels = topology_.classes,
         .relu = false});
    if (!first_and_last) topology_.nodes.front().all_precise = topology_.nodes.back().all_precise = true;
    return std::move(topology_);
  }

 private:
  Node& add(Node node) {
    last_ = node.name;
    channels_[node.name] = node.output_channels;
    return topology_.nodes.emplace_back(std::move(node));
  }

  Topology topology_;
  std::string last_ = "image";
  std::map<std::string, int> channels_;
};

void residual_network(Builder& builder, int width, int depth) {
  builder.convolution("stem", width, 3, 1);
  int block = 0;
  for (int stage = 0; stage < 3; ++stage) {
    for (int i = 0; i < depth; ++i) {
      builder.residual_block("block" + std::to_string(++block), width << stage, stage > 0 && i == 0 ? 2 : 1);
    }
  }
}

void separable_network(Builder& builder, int width, int depth) {
  builder.convolution("stem", width, 3, 2);
  for (int i = 1; i <= depth; ++i) {
    builder.depthwise("depthwise" + std::to_string(i));
    builder.convolution("pointwise" + std::to_string(i), width, 1, 1);
  }
}

void vgg_network(Builder& builder, int width, int depth) {
  for (int stage = 0; stage < 3; ++stage) {
    if (stage > 0) builder.max_pool("pool" + std::to_string(stage));
    for (int i = 1; i <= depth; ++i) {
      builder.convolution("conv" + std::to_string(stage + 1) + "_" + std::to_string(i), width << stage, 3, 1);
    }
  }
}

struct Family {
  int width, depth;
  void (*build)(Builder&, int, int);
};

const std::map<std::string, Family>& families() {
  static const std::map<std::string, Family> known{{"fashion", {8, 1, residual_network}},
                                                   {"resnet8", {16, 1, residual_network}},
                                                   {"resnet20", {16, 3, residual_network}},
                                                   {"ds_cnn", {64, 4, separable_network}},
                                                   {"vgg", {32, 2, vgg_network}}};
  return known;
}

}  // namespace

std::int64_t Topology::weights() const {
  std::int64_t total = 0;
  for (const Node& node : nodes) {
    if (node.has_weights()) total += std::int64_t{node.weights_per_channel()} * node.output_channels;
  }
  return total;
}

std::int64_t Topology::macs() const {
  std::map<std::string, std::pair<int, int>> sizes{{"image", {image.rows, image.columns}}};
  std::int64_t total = 0;
  for (const Node& node : nodes) {
    auto [rows, columns] = sizes.at(node.input);
    if (node.kind == Node::Kind::average_pool) rows = columns = 1;
    rows = (rows + 2 * node.padding - node.kernel) / node.stride + 1;
    columns = (columns + 2 * node.padding - node.kernel) / node.stride + 1;
    sizes[node.name] = {rows, columns};
    if (node.has_weights()) total += std::int64_t{rows} * columns * node.output_channels * node.weights_per_channel();
  }
  return total;
}

Topology topology_of(const std::string& name, int width, int depth, const ImageShape& image, int classes,
                     bool first_and_last) {
  const auto family = families().find(name);
  if (family == families().end()) throw std::invalid_argument("no network is named '" + name + "'");
  if (width == 0) width = family->second.width;
  if (depth == 0) depth = family->second.depth;
  Builder builder({.name = name, .width = width, .depth = depth, .image = image, .classes = classes, .nodes = {}});
  family->second.build(builder, width, depth);
  return builder.finish(first_and_last);
}

const std::vector<std::string>& topology_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, family] : families()) all.push_back(name);
    return all;
  }();
  return names;
}

}  // namespace terse::explore
