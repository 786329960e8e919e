#include "program.h"
  la t0, begin_signature
  li t1, 0x01020304
  sw t1, 0(t0)
  li t1, 0xa0b0c0d0
  sw t1, 4(t0)
  la t2, tohost
  li t1, 1
  sw t1, 0(t2)
1: j 1b
  .data
  .balign 16
  .global begin_signature, end_signature
begin_signature: .word 0, 0, 0xdeadbeef
end_signature:
