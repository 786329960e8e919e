/* Sleeps for a timer that goes off after a second: longer than any patience. */
#include "program.h"
  li t0, 0x02004000
  li t1, 10000000
  sw t1, 0(t0)
  sw zero, 4(t0)
  li t2, 0x80
  csrw mie, t2
1: wfi
  j 1b
