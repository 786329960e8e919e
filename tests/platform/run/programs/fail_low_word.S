/* Test 7 failed; the upper half of tohost is never written. */
#include "program.h"
  li t0, 7 << 1 | 1
  la t1, tohost
  sw t0, 0(t1)
1: j 1b
