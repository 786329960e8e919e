#include "compiler/reference/core_operations.hpp"

#include <algorithm>
#include <cmath>

namespace terse::reference {

namespace {

using compiler::Layer;
using compiler::QuantizedNetwork;
using compiler::Tensor;
using Values = std::vector<std::int32_t>;
__extension__ using Wide = __int128;

/// numerator / 2^shift, halves away from zero.
std::int64_t rounded(Wide numerator, int shift) {
  const Wide divisor = Wide{1} << shift;
  const Wide magnitude = numerator < 0 ? -numerator : numerator;
  const Wide quotient = (2 * magnitude + divisor) / (2 * divisor);
  return static_cast<std::int64_t>(numerator < 0 ? -quotient : quotient);
}

/// floor(sqrt(value)) by bisection.
std::uint64_t root_of(std::uint64_t value) {
  std::uint64_t low = 0, high = std::uint64_t{1} << 32;
  while (high - low > 1) {
    const std::uint64_t middle = (low + high) / 2;
    (Wide{middle} * middle <= Wide{value} ? low : high) = middle;
  }
  return low;
}

class Evaluation {
 public:
  Evaluation(const QuantizedNetwork& network, const Layer& layer, const std::vector<Values>& activations)
      : network_(network),
        layer_(layer),
        activations_(activations),
        input_(network.tensors[layer.input]),
        output_(network.tensors[layer.output]),
        x_(activations[layer.input]),
        y_(output_.elements()) {}

  Values operator()(const compiler::TableOperation& operation) {
    for (std::size_t i = 0; i < y_.size(); ++i) {
      set(i, operation.values[static_cast<std::size_t>(x_[i] < 0 ? x_[i] + 256 : x_[i])]);
    }
    return y_;
  }

  Values operator()(const compiler::ElementWiseOperation& operation) {
    const Tensor& b = network_.tensors[layer_.more_inputs[0]];
    const Values& second = activations_[layer_.more_inputs[0]];
    std::size_t i = 0;
    for (std::uint32_t row = 0; row < output_.height; ++row) {
      for (std::uint32_t column = 0; column < output_.width; ++column) {
        for (std::uint32_t channel = 0; channel < output_.channels; ++channel, ++i) {
          const std::size_t at =
              ((row % b.height) * std::size_t{b.width} + column % b.width) * b.channels + channel % b.channels;
          const std::int64_t p = x_[i] - input_.zero_point, q = second[at] - b.zero_point;
          const Wide value = operation.multiply
                                 ? Wide{p} * q * operation.first.multiplier
                                 : Wide{p} * operation.first.multiplier + Wide{q} * operation.second.multiplier;
          set(i, rounded(value, operation.first.shift) + output_.zero_point);
        }
      }
    }
    return y_;
  }

  Values operator()(const compiler::RearrangeOperation& operation) {
    std::fill(y_.begin(), y_.end(), operation.fill);
    for (const auto& block : operation.blocks) {
      const Values& from = activations_[block.operand == 0 ? layer_.input : layer_.more_inputs[block.operand - 1]];
      move(block, from, 0, block.source, block.destination);
    }
    return y_;
  }

  Values operator()(const compiler::SoftmaxOperation&) {
    const std::size_t channels = input_.channels;
    int fraction = 30;  // 30 - ceil(log2(channels))
    while ((std::size_t{1} << (30 - fraction)) < channels) --fraction;
    int shift = 0;  // the multiplier of 1 / scale has 31 bits
    while (std::ldexp(1 / output_.scale, shift) < std::ldexp(1.0, 30)) ++shift;
    const auto multiplier = static_cast<std::uint64_t>(std::floor(std::ldexp(1 / output_.scale, shift) + 0.5));
    const auto weight = [&](std::int32_t below) {
      return static_cast<std::uint64_t>(std::floor(std::exp(-input_.scale * below) * std::ldexp(1.0, fraction) + 0.5));
    };
    for (std::size_t first = 0; first < y_.size(); first += channels) {
      const std::int32_t greatest = *std::max_element(x_.begin() + static_cast<std::ptrdiff_t>(first),
                                                      x_.begin() + static_cast<std::ptrdiff_t>(first + channels));
      std::uint64_t sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += weight(greatest - x_[first + c]);
      int n = 0;
      while (sum >> (n + 1) != 0) ++n;
      const std::uint64_t reciprocal = (std::uint64_t{1} << (31 + n)) / sum;
      const auto factor = static_cast<std::uint64_t>(Wide{reciprocal} * multiplier / (Wide{1} << 31));
      for (std::size_t c = 0; c < channels; ++c) {
        set(first + c, rounded(Wide{weight(greatest - x_[first + c])} * factor, n + shift) + output_.zero_point);
      }
    }
    return y_;
  }

  Values operator()(const compiler::LayerNormOperation& operation) {
    const auto channels = static_cast<std::int64_t>(input_.channels);
    const double step = static_cast<double>(channels) / input_.scale;
    const auto epsilon = static_cast<std::int64_t>(std::floor(operation.epsilon * step * step + 0.5));
    const int bits = gamma_bits(operation);
    for (std::size_t first = 0; first < y_.size(); first += input_.channels) {
      std::int64_t sum = 0, squares = 0;
      for (std::size_t c = first; c < first + input_.channels; ++c) {
        sum += x_[c];
        squares += std::int64_t{x_[c]} * x_[c];
      }
      const std::int64_t w = channels * squares - sum * sum + epsilon;
      int t = 0;
      while (w > 0 && (Wide{w} << (2 * t)) < (Wide{1} << 60)) ++t;
      const auto root = static_cast<std::int64_t>(root_of(static_cast<std::uint64_t>(Wide{w} << (2 * t))));
      const std::int64_t inverse = w == 0 ? 0 : (std::int64_t{1} << 61) / root;
      for (std::size_t c = 0; c < input_.channels; ++c) {
        const std::int64_t z = rounded(Wide{channels * x_[first + c] - sum} * inverse, 41 - t);
        const auto gamma = std::llround(std::ldexp(operation.gamma[c] / output_.scale, bits));
        const auto beta = std::llround(std::ldexp(operation.beta[c] / output_.scale, bits + 20));
        set(first + c, rounded(Wide{z} * gamma + beta, bits + 20) + output_.zero_point);
      }
    }
    return y_;
  }

  Values operator()(const compiler::MatrixProductOperation& p) {
    const Tensor& second = network_.tensors[layer_.more_inputs[0]];
    const Values& b = activations_[layer_.more_inputs[0]];
    for (std::int64_t batch = 0; batch < p.batches; ++batch) {
      for (std::int64_t i = 0; i < p.rows; ++i) {
        for (std::int64_t j = 0; j < p.columns; ++j) {
          std::int64_t sum = 0;
          for (std::int64_t k = 0; k < p.depth; ++k) {
            const auto at_a = static_cast<std::size_t>(batch * p.a.batch + i * p.a.row + k * p.a.column);
            const auto at_b = static_cast<std::size_t>(batch * p.b.batch + k * p.b.row + j * p.b.column);
            sum += std::int64_t{x_[at_a] - input_.zero_point} * (b[at_b] - second.zero_point);
          }
          const auto at = static_cast<std::size_t>(batch * p.y.batch + i * p.y.row + j * p.y.column);
          set(at, rounded(Wide{sum} * p.scaling.multiplier, p.scaling.shift) + output_.zero_point);
        }
      }
    }
    return y_;
  }

 private:
  void set(std::size_t index, std::int64_t value) {
    y_[index] = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(value, std::int64_t{layer_.clip_low}, std::int64_t{layer_.clip_high}));
  }

  void move(const compiler::RearrangeOperation::Block& block, const Values& from, std::size_t dimension,
            std::int64_t source, std::int64_t destination) {
    if (dimension == block.extents.size()) {
      y_[static_cast<std::size_t>(destination)] = from[static_cast<std::size_t>(source)];
      return;
    }
    for (std::uint32_t i = 0; i < block.extents[dimension]; ++i) {
      move(block, from, dimension + 1, source + std::int64_t{i} * block.source_strides[dimension],
           destination + std::int64_t{i} * block.destination_strides[dimension]);
    }
  }

  /// Most fraction bits, up to 30, with which every gamma / scale is below 2^30 and every beta / scale * 2^20 below 2^61.
  [[nodiscard]] int gamma_bits(const compiler::LayerNormOperation& operation) const {
    const auto greatest = [&](const std::vector<double>& values, int bits) {
      double result = 0;
      for (const double value : values) {
        result = std::max(result, std::abs(std::round(std::ldexp(value / output_.scale, bits))));
      }
      return result;
    };
    int bits = 30;
    while (greatest(operation.gamma, bits) >= 0x1p30 || greatest(operation.beta, bits + 20) >= 0x1p61) --bits;
    return bits;
  }

  const QuantizedNetwork& network_;
  const Layer& layer_;
  const std::vector<Values>& activations_;
  const Tensor& input_;
  const Tensor& output_;
  const Values& x_;
  Values y_;
};

}  // namespace

Values evaluate_core(const QuantizedNetwork& network, const Layer& layer, const std::vector<Values>& activations) {
  return std::visit(Evaluation(network, layer, activations), *layer.operation);
}

}  // namespace terse::reference
