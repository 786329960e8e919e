/* External interrupts are enabled in mie, but no source is enabled in the PLIC and no unit works. */
#include "program.h"
  li t0, 0x800
  csrw mie, t0
  .global sleep
  .type sleep, @function
sleep:
  wfi
  j sleep
