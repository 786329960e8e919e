#include "explore/network_parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_path.hpp"

namespace terse::explore {
namespace {

using testing::HasSubstr;

std::string load_error(const std::string& name, const std::string& contents) {
  const test::TemporaryPath file(name);
  std::ofstream(file.path()) << contents;
  try {
    load(file.path());
  } catch (const ParameterFileError& error) {
    return error.what();
  }
  return "no error";
}

TEST(NetworkParameters, RoundTripsToTheBit) {
  NetworkParameters parameters;
  parameters.variant = Variant::mixed;
  parameters.width = 3;
  LayerParameters& layer = parameters.layers["stem"];
  layer.weights = {0.1F, -1e-30F, 16777217.0F};
  layer.quantized = {1, {1, 0, -1}, {0.3F}, {0, -127, 0}, {1.0F / 3.0F}};
  layer.normalization = {{1.1F}, {-2.2F}, {3.3F}, {4.4F}};
  layer.bias = {5.5F};
  parameters.scales["image"] = 1.0F / 255.0F;
  parameters.metadata["command"] = "terse_train --seed 1";
  const test::TemporaryPath file("round_trip.json");
  save(parameters, file.path());
  const NetworkParameters again = load(file.path());

  EXPECT_EQ(again.variant, parameters.variant);
  EXPECT_EQ(again.width, parameters.width);
  EXPECT_EQ(again.scales, parameters.scales);
  EXPECT_EQ(again.metadata, parameters.metadata);
  const LayerParameters& read = again.layers.at("stem");
  EXPECT_EQ(read.weights, layer.weights);
  EXPECT_EQ(read.bias, layer.bias);
  EXPECT_EQ(read.quantized.output_channels, 1);
  EXPECT_EQ(read.quantized.ternary, layer.quantized.ternary);
  EXPECT_EQ(read.quantized.ternary_scale, layer.quantized.ternary_scale);
  EXPECT_EQ(read.quantized.values, layer.quantized.values);
  EXPECT_EQ(read.quantized.value_scale, layer.quantized.value_scale);
  EXPECT_EQ(read.normalization.gamma, layer.normalization.gamma);
  EXPECT_EQ(read.normalization.beta, layer.normalization.beta);
  EXPECT_EQ(read.normalization.mean, layer.normalization.mean);
  EXPECT_EQ(read.normalization.variance, layer.normalization.variance);
}

TEST(NetworkParameters, BadFilesAreNamed) {
  EXPECT_THROW(load(test::TemporaryPath("absent.json").path()), ParameterFileError);
  EXPECT_THAT(load_error("cut.json", "{\"format\": "), HasSubstr("cut.json"));
  EXPECT_THAT(load_error("other.json", R"({"format": "other", "version": 1})"), HasSubstr("not a terse-network"));
  EXPECT_THAT(load_error("newer.json", R"({"format": "terse-network-parameters", "version": 2})"),
              HasSubstr("of version 1"));
  EXPECT_THAT(load_error("variant.json", R"({"format": "terse-network-parameters", "version": 1, "variant": "int3"})"),
              HasSubstr("unknown variant 'int3'"));
  EXPECT_THAT(load_error("empty.json", R"({"format": "terse-network-parameters", "version": 1, "variant": "int8"})"),
              HasSubstr("width"));
}

}  // namespace
}  // namespace terse::explore
