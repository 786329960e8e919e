/* Characters by device 1, with the halves in both orders; a text by the system call; an unknown call gives -ENOSYS. */
#include "program.h"
  la s0, tohost
  li s1, 0x01010000
  li t0, 'o'                /* odd: as the lower half alone it would mean that test 55 failed */
  sw t0, 0(s0)
  sw s1, 4(s0)
  li t0, 'k'
  sw s1, 4(s0)
  sw t0, 0(s0)
  la t0, block
  sw t0, 0(s0)
  sw zero, 4(s0)
  la s2, fromhost
1: lw t1, 0(s2)
  beqz t1, 1b
  sw zero, 0(s2)
  lw t1, 0(t0)              /* number of bytes written */
  li t2, 7
  bne t1, t2, failed
  li t1, 1000
  sw t1, 0(t0)
  sw t0, 0(s0)
  sw zero, 4(s0)
1: lw t1, 0(s2)
  beqz t1, 1b
  lw t1, 0(t0)
  li t2, -38
  bne t1, t2, failed
  lw t1, 4(t0)
  li t2, -1
  bne t1, t2, failed
  li t1, 93
  sw t1, 0(t0)
  sw zero, 4(t0)
  sw zero, 8(t0)
  sw t0, 0(s0)
  sw zero, 4(s0)
1: j 1b
failed:
  li t0, 2 << 1 | 1
  sw t0, 0(s0)
  sw zero, 4(s0)
1: j 1b
  .data
  .balign 8
block: .dword 64, 1, text, 7
text: .ascii " there\n"
