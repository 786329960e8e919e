/* The timer goes off every millisecond or so, but mie is zero. */
#include "program.h"
  li t0, 0x02004000
  li t1, 100000000
  sw t1, 0(t0)
  sw zero, 4(t0)
  csrw mie, zero
1: wfi
  j 1b
