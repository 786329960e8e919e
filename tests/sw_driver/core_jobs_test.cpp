// Core jobs of images: what contradicts itself is refused, and what is not refused touches nothing but its tensors.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "compiler/compiler.hpp"
#include "sw_driver/core/core_executor.hpp"
#include "sw_driver/validate.hpp"
#include "tests/sw_driver/synthetic_image.hpp"

namespace terse::test {
namespace {

using compiler::CoreOperation;
using compiler::Layer;
using compiler::QuantizedNetwork;
using compiler::Tensor;
using driver::ErrorCode;
using driver::Part;
using Image = std::vector<std::uint8_t>;

enum Operation : std::uint32_t { table, element_wise, rearrange, softmax, layer_norm, matrix_product };

CoreOperation operation_of(Operation operation) {
  switch (operation) {
    case table:
      return compiler::TableOperation{};
    case element_wise:
      return compiler::ElementWiseOperation{false, {1000, 10}, {900, 10}};
    case rearrange:
      return compiler::RearrangeOperation{{{0, 0, 0, {1, 1, 1, 4, 3}, {0, 0, 0, 6, 1}, {0, 0, 0, 6, 2}},
                                           {1, 3, 1, {1, 1, 1, 4, 3}, {0, 0, 0, 6, 1}, {0, 0, 0, 6, 2}}},
                                          0};
    case softmax:
      return compiler::SoftmaxOperation{};
    case layer_norm:
      return compiler::LayerNormOperation{std::vector<double>(6, 1.5), std::vector<double>(6, 0.5), 1e-5};
    case matrix_product:
      break;
  }
  return compiler::MatrixProductOperation{1, 4, 4, 6, {0, 6, 1}, {0, 1, 6}, {0, 4, 1}, {100, 14}};
}

/// input 2 x 2 x 6 -> table -> the operation -> table -> output.
Image make_core_image(Operation operation) {
  Tensor tensor;
  tensor.height = tensor.width = 2;
  tensor.channels = 6;
  tensor.is_signed = true;
  tensor.scale = 0.1;
  tensor.zero_point = 2;
  Tensor result = tensor;
  if (operation == matrix_product) result.channels = 4;
  QuantizedNetwork network;
  network.tensors = {tensor, tensor, result, result};
  network.output = 3;
  for (std::size_t i = 0; i < 3; ++i) {
    Layer layer;
    layer.name = "layer" + std::to_string(i);
    layer.kind = compiler::LayerKind::core;
    layer.input = i;
    layer.output = i + 1;
    layer.operation = i == 1 ? operation_of(operation) : CoreOperation{compiler::TableOperation{}};
    if (i == 1 && (operation == element_wise || operation == rearrange || operation == matrix_product)) {
      layer.more_inputs = {1};
    }
    layer.clip_low = -128;
    layer.clip_high = 127;
    network.layers.push_back(layer);
  }
  return compiler::compile(network, {1u << 16, 1u << 10, 4, 4, 1, 4, 1u << 20}).image;
}

driver::Error open(const Image& image) {
  return driver::open_image(image.data(), static_cast<std::uint32_t>(image.size())).error();
}

/// Job 1, the one in question, its operands, and its data.
image::CoreJob& job(Image& image) {
  return record_at<image::CoreJob>(image, header_of(image).core_jobs.offset + std::uint32_t{sizeof(image::CoreJob)});
}
image::CoreOperand& operand(Image& image, std::uint32_t index) {
  const std::uint32_t at = job(image).first_operand + index;
  return record_at<image::CoreOperand>(
      image, header_of(image).core_operands.offset + at * std::uint32_t{sizeof(image::CoreOperand)});
}
template <typename Record>
Record& data(Image& image, std::uint32_t offset = 0) {
  return record_at<Record>(image, job(image).data + offset);
}
image::CoreBlock& block(Image& image) {
  return data<image::CoreBlock>(image, sizeof(image::CoreRearrange));
}

struct Contradiction {
  const char* name;
  Operation operation;
  Part part;
  std::function<void(Image&)> make;
};

class ContradictoryCoreJob : public ::testing::TestWithParam<Contradiction> {};

TEST_P(ContradictoryCoreJob, IsRefusedAlthoughTheChecksumIsRight) {
  Image image = make_core_image(GetParam().operation);
  ASSERT_EQ(open(image).code, ErrorCode::none);
  GetParam().make(image);
  seal(image);
  const driver::Error error = open(image);
  EXPECT_EQ(error.code, ErrorCode::image_structure);
  EXPECT_EQ(error.subject, static_cast<std::uint32_t>(GetParam().part));
}

constexpr Part jobs = Part::core_jobs, operands = Part::core_operands;

const std::vector<Contradiction> contradictions{
    {"layer_without_job", table, Part::layers,
     [](Image& image) { record_at<image::Layer>(image, header_of(image).layers.offset).core_job = image::none; }},
    {"layer_with_tiles_and_job", table, Part::layers,
     [](Image& image) { record_at<image::Layer>(image, header_of(image).layers.offset).tile_count = 1; }},
    {"layer_of_another_kind", table, Part::layers,
     [](Image& image) {
       record_at<image::Layer>(image, header_of(image).layers.offset).kind = image::LayerKind::pool;
     }},
    {"section_past_the_end", table, jobs, [](Image& image) { header_of(image).core_jobs.count = 1u << 24; }},
    {"operands_past_the_end", table, operands, [](Image& image) { header_of(image).core_operands.count = 1u << 24; }},
    {"unknown_operation", table, jobs,
     [](Image& image) { job(image).operation = static_cast<image::CoreOperation>(6); }},
    {"no_operands", table, jobs, [](Image& image) { job(image).operand_count = 0; }},
    {"operands_that_wrap", table, jobs, [](Image& image) { job(image).first_operand = 0xFFFFFFFF; }},
    {"too_many_operands", table, jobs, [](Image& image) { job(image).operand_count = 34; }},
    {"another_number_of_operands", table, jobs, [](Image& image) { job(image).operand_count = 3; }},
    {"data_past_the_end", table, jobs, [](Image& image) { job(image).data = header_of(image).size - 4; }},
    {"misaligned_data", table, jobs, [](Image& image) { job(image).data -= 2; }},
    {"data_of_another_size", table, jobs, [](Image& image) { job(image).data_size -= 4; }},
    {"tensor_past_its_region", table, operands, [](Image& image) { operand(image, 0).offset += 4096; }},
    {"tensor_in_the_image", table, operands, [](Image& image) { operand(image, 1).region = image::Region::image; }},
    {"tensor_in_the_scratchpad", table, operands,
     [](Image& image) { operand(image, 1).region = image::Region::scratchpad; }},
    {"unknown_region", table, operands, [](Image& image) { operand(image, 1).region = static_cast<image::Region>(7); }},
    {"result_in_the_input", table, jobs,
     [](Image& image) {
       operand(image, 1).region = image::Region::input;
       operand(image, 1).offset = 0;
     }},
    {"no_rows", table, operands, [](Image& image) { operand(image, 0).height = 0; }},
    {"size_that_wraps", table, operands,
     [](Image& image) { operand(image, 0).height = operand(image, 0).width = 65535; }},
    {"elements_of_two_bytes", table, operands, [](Image& image) { operand(image, 0).element_bytes = 2; }},
    {"inputs_of_words", table, jobs,
     [](Image& image) {
       operand(image, 0).element_bytes = 4;
       operand(image, 0).width = 1;
       operand(image, 0).channels = 3;
     }},
    {"zero_point_out_of_range", table, jobs, [](Image& image) { operand(image, 0).zero_point = 128; }},
    {"table_of_another_shape", table, jobs, [](Image& image) { operand(image, 0).channels = 5; }},
    {"element_wise_shapes", element_wise, jobs, [](Image& image) { operand(image, 1).channels = 2; }},
    {"element_wise_shift", element_wise, jobs, [](Image& image) { data<image::CoreElementWise>(image).shift = 63; }},
    {"block_of_no_operand", rearrange, jobs, [](Image& image) { block(image).operand = 2; }},
    {"block_past_its_source", rearrange, jobs, [](Image& image) { block(image).source = 4; }},
    {"block_before_its_source", rearrange, jobs, [](Image& image) { block(image).source_strides[3] = -6; }},
    {"block_past_its_destination", rearrange, jobs, [](Image& image) { block(image).destination = 3; }},
    {"block_of_nothing", rearrange, jobs, [](Image& image) { block(image).extents[0] = 0; }},
    {"block_that_wraps", rearrange, jobs,
     [](Image& image) { block(image).extents[0] = block(image).extents[1] = 1u << 31; }},
    {"strides_that_wrap", rearrange, jobs, [](Image& image) { block(image).source_strides[3] = 0x60000000; }},
    {"more_blocks_than_data", rearrange, jobs, [](Image& image) { data<image::CoreRearrange>(image).block_count = 3; }},
    {"softmax_sum", softmax, jobs, [](Image& image) { data<image::CoreSoftmax>(image).exponentials[0] = 1u << 31; }},
    {"softmax_of_zeros", softmax, jobs,
     [](Image& image) { std::memset(data<image::CoreSoftmax>(image).exponentials, 0, 1024); }},
    {"softmax_that_rises", softmax, jobs,
     [](Image& image) { data<image::CoreSoftmax>(image).exponentials[9] = 1u << 30; }},
    {"softmax_shift", softmax, jobs, [](Image& image) { data<image::CoreSoftmax>(image).shift = 32; }},
    {"norm_without_channels", layer_norm, jobs, [](Image& image) { job(image).data_size -= 12; }},
    {"norm_epsilon", layer_norm, jobs, [](Image& image) { data<image::CoreLayerNorm>(image).epsilon_high = 1u << 29; }},
    {"norm_gamma", layer_norm, jobs,
     [](Image& image) { data<image::CoreChannel>(image, sizeof(image::CoreLayerNorm)).gamma = 1 << 30; }},
    {"norm_beta", layer_norm, jobs,
     [](Image& image) { data<image::CoreChannel>(image, sizeof(image::CoreLayerNorm)).beta_high = 1 << 29; }},
    {"product_depth", matrix_product, jobs, [](Image& image) { data<image::CoreMatrixProduct>(image).depth = 33026; }},
    {"product_past_a", matrix_product, jobs, [](Image& image) { data<image::CoreMatrixProduct>(image).a.row = 7; }},
    {"product_before_b", matrix_product, jobs,
     [](Image& image) { data<image::CoreMatrixProduct>(image).b.column = -1; }},
    {"product_past_y", matrix_product, jobs, [](Image& image) { data<image::CoreMatrixProduct>(image).y.row = 5; }},
    {"product_of_more_than_y", matrix_product, jobs,
     [](Image& image) {
       auto& p = data<image::CoreMatrixProduct>(image);
       p.batches = 1u << 30;
       p.a.batch = p.b.batch = p.y.batch = 0;
     }},
    {"product_shift", matrix_product, jobs, [](Image& image) { data<image::CoreMatrixProduct>(image).shift = 63; }},
};

INSTANTIATE_TEST_SUITE_P(Validate, ContradictoryCoreJob, ::testing::ValuesIn(contradictions),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

/// A region with a guard on both sides.
class GuardedRegion {
 public:
  explicit GuardedRegion(std::uint32_t size) : bytes_(size + 2 * guard, 0x5A), size_(size) {}
  [[nodiscard]] std::uint8_t* begin() { return bytes_.data() + guard; }
  [[nodiscard]] bool intact() const {
    for (std::size_t i = 0; i < guard; ++i) {
      if (bytes_[i] != 0x5A || bytes_[guard + size_ + i] != 0x5A) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t guard = 4096;
  std::vector<std::uint8_t> bytes_;
  std::size_t size_;
};

/// Every core job of an image that was let through.
void run_all(const Image& image, const driver::ImageView& view) {
  const image::Header& header = view.header();
  GuardedRegion arena(header.arena_size), input(header.input_size), output(header.output_size);
  const auto base = [&](image::Region region) {
    return region == image::Region::arena   ? arena.begin()
           : region == image::Region::input ? input.begin()
                                            : output.begin();
  };
  driver::CoreExecutor executor;
  for (std::uint32_t index = 0; index < header.core_jobs.count; ++index) {
    driver::CoreWork& work = executor.work();
    work.job = view.core_job(index);
    work.data = view.core_data(work.job);
    for (std::uint32_t i = 0; i < work.job.operand_count; ++i) {
      const image::CoreOperand shape = view.core_operand(work.job.first_operand + i);
      (i + 1 == work.job.operand_count ? work.output : work.inputs[i]) = {shape, base(shape.region) + shape.offset};
    }
    executor.begin();
    while (!executor.finished()) executor.advance();
  }
  EXPECT_TRUE(arena.intact() && input.intact() && output.intact());
  EXPECT_FALSE(image.empty());
}

/// Words of the core's records and data set to anything, checksum right: refused, or harmless.
TEST(CoreJobs, WhatIsLetThroughStaysInItsTensors) {
  std::mt19937 random(1);
  std::size_t accepted = 0, refused = 0;
  for (std::uint32_t round = 0; round < 3000; ++round) {
    Image image = make_core_image(static_cast<Operation>(round % 6));
    const image::Header& header = header_of(image);
    const auto word = [&](std::uint32_t begin, std::uint32_t bytes) -> std::uint32_t& {
      const auto index = static_cast<std::uint32_t>(random() % (bytes / 4));
      return record_at<std::uint32_t>(image, begin + 4 * index);
    };
    const std::uint32_t candidates[] = {
        0, 1, 2, 7, 255, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, static_cast<std::uint32_t>(random())};
    for (std::uint32_t change = 0; change <= random() % 2; ++change) {
      const std::uint32_t value = candidates[random() % std::size(candidates)];
      switch (random() % 3) {
        case 0:
          word(header.core_jobs.offset, header.core_jobs.count * std::uint32_t{sizeof(image::CoreJob)}) = value;
          break;
        case 1:
          word(header.core_operands.offset, header.core_operands.count * std::uint32_t{sizeof(image::CoreOperand)}) =
              value;
          break;
        default:
          word(header.data.offset, header.data.count / 4 * 4) = value;
          break;
      }
    }
    seal(image);
    const auto view = driver::open_image(image.data(), static_cast<std::uint32_t>(image.size()));
    if (!view.ok()) {
      EXPECT_EQ(view.error().code, ErrorCode::image_structure);
      ++refused;
      continue;
    }
    ++accepted;
    run_all(image, view.value());
  }
  EXPECT_GT(accepted, 300u);
  EXPECT_GT(refused, 300u);
}

}  // namespace
}  // namespace terse::test
