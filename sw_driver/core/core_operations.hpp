#pragma once
// The operations of the core. Each is cut into units of work, so that the driver can look after the hardware between
// them: prepare() returns how many there are, run() does one; they run in order.
#include <cstdint>

#include "sw_driver/core/core_work.hpp"

namespace terse::driver {

struct CoreOperationFunctions {
  std::uint32_t (*prepare)(CoreWork& work);
  void (*run)(CoreWork& work, std::uint32_t unit);
};

/// Of an operation that validate_core.hpp knows.
[[nodiscard]] const CoreOperationFunctions& functions_of(image::CoreOperation operation);

std::uint32_t prepare_table(CoreWork& work);
void run_table(CoreWork& work, std::uint32_t unit);
std::uint32_t prepare_element_wise(CoreWork& work);
void run_element_wise(CoreWork& work, std::uint32_t unit);
std::uint32_t prepare_rearrange(CoreWork& work);
void run_rearrange(CoreWork& work, std::uint32_t unit);
std::uint32_t prepare_softmax(CoreWork& work);
void run_softmax(CoreWork& work, std::uint32_t unit);
std::uint32_t prepare_layer_norm(CoreWork& work);
void run_layer_norm(CoreWork& work, std::uint32_t unit);
std::uint32_t prepare_matrix_product(CoreWork& work);
void run_matrix_product(CoreWork& work, std::uint32_t unit);

}  // namespace terse::driver
