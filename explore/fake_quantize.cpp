#include "explore/fake_quantize.hpp"

#include <algorithm>
#include <cmath>

namespace terse::explore {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Adding and subtracting 1.5 * 2^23 rounds half to even for |x| < 2^22 and, unlike nearbyint, vectorises on every
// x86-64.
constexpr float rounding_magic = 12582912.0F;

void quantize_loop(const float* x, std::int64_t count, float scale, ActivationRange range, float* y,
                   std::uint8_t* passes) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float ratio = x[i] / scale;
    const float clipped = std::min(std::max(ratio, range.low), range.high);
    y[i] = ((clipped + rounding_magic) - rounding_magic) * scale;
    passes[i] = static_cast<std::uint8_t>(clipped == ratio);
  }
}

void gradient_loop(const float* gradient, const std::uint8_t* passes, std::int64_t count, float* result) {
  for (std::int64_t i = 0; i < count; ++i) result[i] = passes[i] != 0 ? gradient[i] : 0.0F;
}

/// The gradient of a learned scale, before its own factor.
float scale_gradient(const float* gradient, const float* x, const float* y, std::int64_t count, float scale) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float quantized = y[i] / scale, ratio = x[i] / scale;
    // Clipped: the bound itself. Else the rounding's error.
    const bool clipped = std::abs(quantized - ratio) > 0.5F;
    sum += static_cast<double>(gradient[i] * (clipped ? quantized : quantized - ratio));
  }
  return static_cast<float>(sum);
}

struct FakeQuantize : torch::autograd::Function<FakeQuantize> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& scale,
                               double low, double high) {
    const torch::Tensor x = input.contiguous(input.suggest_memory_format());
    torch::Tensor y = torch::empty_like(x);
    const torch::Tensor passes = torch::empty_like(x, torch::kByte);
    quantize_loop(x.data_ptr<float>(), x.numel(), scale.item<float>(),
                  {static_cast<float>(low), static_cast<float>(high)}, y.data_ptr<float>(),
                  passes.data_ptr<std::uint8_t>());
    if (scale.requires_grad()) {
      context->save_for_backward({passes, x, y, scale});
      context->saved_data["high"] = high;
    } else {
      context->save_for_backward({passes});
    }
    return y;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor& passes = saved[0];
    const torch::Tensor gradient = gradients[0].contiguous(passes.suggest_memory_format());
    torch::Tensor result = torch::empty_like(gradient);
    gradient_loop(gradient.data_ptr<float>(), passes.data_ptr<std::uint8_t>(), gradient.numel(),
                  result.data_ptr<float>());
    torch::Tensor of_scale;
    if (saved.size() > 1) {
      const double factor =
          1 / std::sqrt(static_cast<double>(gradient.numel()) * context->saved_data["high"].toDouble());
      of_scale = torch::full_like(saved[3], static_cast<double>(scale_gradient(
                                                gradient.data_ptr<float>(), saved[1].data_ptr<float>(),
                                                saved[2].data_ptr<float>(), gradient.numel(), saved[3].item<float>())) *
                                                factor);
    }
    return {result, of_scale, torch::Tensor(), torch::Tensor()};
  }
};

struct StraightThrough : torch::autograd::Function<StraightThrough> {
  static torch::Tensor forward(AutogradContext* /*context*/, const torch::Tensor& /*latent*/,
                               const torch::Tensor& quantized) {
    return quantized.clone();
  }
  static tensor_list backward(AutogradContext* /*context*/, const tensor_list& gradients) {
    return {gradients[0], torch::Tensor()};
  }
};

}  // namespace

torch::Tensor fake_quantize(const torch::Tensor& x, const torch::Tensor& scale, ActivationRange range) {
  return FakeQuantize::apply(x, scale, static_cast<double>(range.low), static_cast<double>(range.high));
}

torch::Tensor straight_through(const torch::Tensor& latent, const torch::Tensor& quantized) {
  return StraightThrough::apply(latent, quantized);
}

float largest(const torch::Tensor& x, ActivationRange range) {
  const torch::NoGradGuard no_gradient;
  return range.low < 0.0F ? x.abs().max().item<float>() : x.max().item<float>();
}

}  // namespace terse::explore
