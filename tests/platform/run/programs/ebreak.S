/* Ebreaks that are no semihosting calls trap: alone, and with only a part of the sequence around them. */
#include "program.h"
  la t0, handler
  csrw mtvec, t0
  li s0, 0
  .option norvc
  nop
  ebreak
  slli x0, x0, 0x1f
  ebreak
  nop
  ebreak
  srai x0, x0, 7
  li t1, 3
  la t2, tohost
  beq s0, t1, 1f
  li t3, 9
  sw t3, 0(t2)
  sw zero, 4(t2)
1: li t3, 1
  sw t3, 0(t2)
2: j 2b
  .option rvc               /* two bytes may be missing to the alignment */
  .balign 4
handler:
  addi s0, s0, 1
  csrr t3, mepc
  addi t3, t3, 4
  csrw mepc, t3
  mret
