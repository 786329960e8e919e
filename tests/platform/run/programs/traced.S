/* Loads, stores, a trap and an interrupt, for the trace. */
#include "program.h"
  la t0, handler
  csrw mtvec, t0
  call touches_memory
  .4byte 0                  /* illegal */
  li t0, 0x02000000         /* msip */
  li t1, 1
  csrwi mie, 8
  csrsi mstatus, 8
  sw t1, 0(t0)
  nop
  la t2, tohost
  sw t1, 0(t2)
1: j 1b

  .global touches_memory
  .type touches_memory, @function
touches_memory:
  la a0, words
  lw a1, 0(a0)
  addi a1, a1, 1
  sh a1, 4(a0)
  amoadd.w a2, a1, (a0)
  ret
  .size touches_memory, . - touches_memory

  .balign 4
  .global handler
  .type handler, @function
handler:
  csrr t3, mcause
  bltz t3, 1f
  csrr t3, mepc
  addi t3, t3, 4
  csrw mepc, t3
  mret
1: li t4, 0x02000000
  sw zero, 0(t4)
  mret
  .size handler, . - handler
  .data
  .balign 4
words: .word 41, 0
