/* Test 7 failed, as riscv-tests says it. */
#include "program.h"
  li t0, 7 << 1 | 1
  la t1, tohost
1: sw t0, 0(t1)
  sw zero, 4(t1)
  j 1b
