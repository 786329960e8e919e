// Quantization inside training: forward computes what the hardware will see, backward passes the gradient straight
// through.
#pragma once

#include <torch/torch.h>

namespace terse::explore {

/// Range of quantized activations. With zero point 0 and low = 0 the clipping is the ReLU.
struct ActivationRange {
  float low;
  float high;
};

constexpr ActivationRange range_of(int bits, bool is_signed) {
  const int steps = 1 << bits;
  return is_signed ? ActivationRange{static_cast<float>(-steps / 2), static_cast<float>(steps / 2 - 1)}
                   : ActivationRange{0.0F, static_cast<float>(steps - 1)};
}

/// scale * clip(round_half_even(x / scale), low, high), the arithmetic of ONNX QuantizeLinear and DequantizeLinear to
/// the bit; the gradient is that of the clipping. `scale`: a tensor of one element; when it requires a gradient, it gets
/// that of learned step sizes (Esser et al., "Learned Step Size Quantization", 2020, equations 3 to 5).
torch::Tensor fake_quantize(const torch::Tensor& x, const torch::Tensor& scale, ActivationRange range);

/// The values of `quantized` with the gradient of `latent`.
torch::Tensor straight_through(const torch::Tensor& latent, const torch::Tensor& quantized);

/// Largest |value|, or largest positive value for an unsigned range.
float largest(const torch::Tensor& x, ActivationRange range);

}  // namespace terse::explore
