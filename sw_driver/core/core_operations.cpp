#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {

const CoreOperationFunctions& functions_of(image::CoreOperation operation) {
  static constexpr CoreOperationFunctions functions[] = {
      {prepare_table, run_table},           {prepare_element_wise, run_element_wise},
      {prepare_rearrange, run_rearrange},   {prepare_softmax, run_softmax},
      {prepare_layer_norm, run_layer_norm}, {prepare_matrix_product, run_matrix_product},
  };
  return functions[static_cast<std::uint32_t>(operation)];
}

}  // namespace terse::driver
