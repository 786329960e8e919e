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
constexpr ActivationRange unsigned_byte{0.0F, 255.0F};
constexpr ActivationRange signed_byte{-128.0F, 127.0F};

/// scale * clip(round_half_even(x / scale), low, high), the arithmetic of ONNX QuantizeLinear and DequantizeLinear to
/// the bit; the gradient is that of the clipping.
torch::Tensor fake_quantize(const torch::Tensor& x, float scale, ActivationRange range);

/// The values of `quantized` with the gradient of `latent`.
torch::Tensor straight_through(const torch::Tensor& latent, const torch::Tensor& quantized);

/// Largest |value|, or largest positive value for an unsigned range.
float largest(const torch::Tensor& x, ActivationRange range);

}  // namespace terse::explore
