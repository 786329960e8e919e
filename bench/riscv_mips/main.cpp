// Runs the kernel that KERNEL names and prints its checksum; on the host, too.
#include "bench/riscv_mips/kernels.hpp"

#ifdef __riscv
#include "bench/riscv_mips/machine.h"
#else
#include <cstdio>
#endif

int main() {
  using namespace terse::bench;
  for (const NamedKernel& kernel : kernels) {
    if (kernel.run != KERNEL) continue;
    const unsigned long checksum = kernel.run(kernel.repetitions);
#ifdef __riscv
    machine_printf("checksum %08x\n", checksum);
#else
    std::printf("checksum %08lx\n", checksum);
#endif
  }
  return 0;
}
