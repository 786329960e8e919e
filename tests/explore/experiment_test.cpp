#include "explore/experiment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace terse::explore {
namespace {

using compiler::DecompositionOptions;
using testing::HasSubstr;

Experiment read(const std::string& text) {
  return read_experiment(configuration::parse_yaml(text, "grid.yaml"));
}

std::string message_of(const std::string& text) {
  try {
    (void)read(text);
  } catch (const configuration::ConfigurationError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Experiment, PatternsBecomeWhatTheCompilerKnows) {
  const auto options = [](const std::string& weights) { return read("weights: " + weights).decomposition(); };
  const DecompositionOptions group = options("{pattern: '2:m', density: 0.0625}");
  EXPECT_EQ(group.pattern, compiler::Pattern::Kind::n_of_m);
  EXPECT_EQ(group.n, 2U);
  EXPECT_EQ(group.m, 32U);
  const DecompositionOptions block = options("{pattern: block_1x8}");
  EXPECT_EQ(block.placement, DecompositionOptions::Placement::block);
  EXPECT_EQ(block.block_rows, 1U);
  EXPECT_EQ(block.block_columns, 8U);
  EXPECT_EQ(options("{pattern: kernel_tap}").placement, DecompositionOptions::Placement::kernel_tap);
  EXPECT_EQ(options("{pattern: random}").criterion, DecompositionOptions::Criterion::random);
  EXPECT_EQ(options("{density: 0}").pattern, compiler::Pattern::Kind::none);
  EXPECT_EQ(options("{density: 1}").pattern, compiler::Pattern::Kind::dense);
}

TEST(Experiment, WhatTrainsTheSameNetworkIsEqual) {
  const auto effective = [](const std::string& text) { return read(text).effective().dump(); };
  EXPECT_EQ(effective("weights: {pattern: '1:m', density: 0.03125}"), effective("weights: {pattern: '1:32'}"));
  EXPECT_EQ(effective("weights: {density: 0, pattern: block_4x4, criterion: fisher}"),
            effective("weights: {density: 0}"));
  EXPECT_EQ(effective("network: {width: 8}"), effective("network: {name: fashion}"));
  EXPECT_EQ(effective("training: {temperature: 2}"), effective("{}"));
  EXPECT_NE(effective("weights: {pattern: '1:16'}"), effective("weights: {pattern: '2:32'}"));
  EXPECT_NE(effective("seed: 2"), effective("seed: 1"));
}

TEST(Experiment, TheFloatNetworkKnowsNothingOfWeights) {
  Experiment a = read("weights: {pattern: '1:16'}"),
             b = read("{network: {first_and_last: true}, training: {epochs: 9}}");
  EXPECT_EQ(a.effective_float(), b.effective_float());
}

TEST(Experiment, ReadsWhatItWrites) {
  Experiment experiment = read("{seed: 7, weights: {pattern: '2:16', value_bits: 4}, training: {schedule: dynamic}}");
  const std::string text = experiment.effective().dump();
  EXPECT_EQ(read(text).effective().dump(), text);
}

TEST(Experiment, ErrorsNamePlaceAndMend) {
  EXPECT_THAT(message_of("weights: {pattern: blocks}"), HasSubstr("grid.yaml:1:"));
  EXPECT_THAT(message_of("weights: {pattern: blocks}"), HasSubstr("block_4x4"));
  EXPECT_THAT(message_of("weights: {pattern: '1:m', density: 0.0401}"), HasSubstr("0.0401"));
  EXPECT_THAT(message_of("weights: {pattern: '5:4'}"), HasSubstr("N <= M"));
  EXPECT_THAT(message_of("weights: {patern: '1:4'}"), HasSubstr("pattern"));
  EXPECT_THAT(message_of("network: {name: resnet18}"), HasSubstr("resnet8"));
  EXPECT_THAT(message_of("data: {set: cifar10}"), HasSubstr("data.path is missing"));
  EXPECT_THAT(message_of("{training: {epochs: -1}, activations: {bits: 3}}"),
              testing::AllOf(HasSubstr("epochs"), HasSubstr("activations.bits")));
}

}  // namespace
}  // namespace terse::explore
