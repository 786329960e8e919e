// Errors of split layers, worked by hand.
#include "compiler/import/activation_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using ::testing::HasSubstr;

class ActivationError : public ::testing::Test {
 protected:
  ActivationError() {
    OnnxBuilder b;
    const std::string x = b.input("x", {1, 4});
    const std::string w = b.constant("w", {4, 1}, {0.6, -1.0, 0.3, -0.1});
    b.output(b.node("Add", "shift", {b.node("MatMul", "fc", {x, w}), b.constant("bias", {1}, {100})}));
    b.write(file_.path());
    options_.decomposition.decompose = options_.decomposition.first_and_last = true;
    options_.decomposition.density = 0;  // ternary {1, -1, 0, 0} times 0.8
  }

  compiler::ImportedNetwork import(const compiler::Calibration& calibration) {
    return compiler::import_with_source(compiler::read_model(file_.path()), options_, calibration);
  }

  TemporaryFile file_{"errors.onnx"};
  compiler::CompileOptions options_;
};

TEST_F(ActivationError, IsRelativeToTheSumsOfProducts) {
  // 0 and 1 are integers of the input's grid. The sums are 0.9 and -0.7, the split layer's 0.8 and -0.8.
  const compiler::Calibration calibration{{{1, 0, 1, 0}, {0, 1, 1, 0}}, 100};
  const std::vector<double> errors = compiler::activation_errors(import(calibration), calibration);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NEAR(errors[0], std::sqrt((0.01 + 0.01) / (0.81 + 0.49)), 1e-6);
}

TEST_F(ActivationError, NothingIsLostWhereNothingIsSplit) {
  options_.decomposition.first_and_last = false;
  const compiler::Calibration calibration{{{1, 0.25F, 1, 0.75F}}, 100};
  const compiler::ImportedNetwork imported = import(calibration);
  EXPECT_LT(compiler::activation_errors(imported, calibration)[0], 0.01) << "8 bits";
  EXPECT_EQ(imported.weights[0].not_split, "not split: first or last layer (first_and_last)");
  const auto compiled = compiler::compile(imported.network, {64 * 1024, 2048, 8, 8, 4, 8, 1U << 22});
  EXPECT_THAT(compiler::explain_errors(imported, compiled, calibration), HasSubstr("not split: first or last layer"));
  EXPECT_THAT(compiler::explain_errors(imported, compiled, {}), HasSubstr("no calibration inputs"));
}

}  // namespace
}  // namespace terse::testing
