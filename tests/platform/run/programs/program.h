/* Every program: `unimp` before the entry point, and tohost where the linker script wants it. */
  .section .tohost, "aw", @progbits
  .balign 64
  .global tohost
tohost: .dword 0
  .balign 64
  .global fromhost
fromhost: .dword 0

  .text
  .4byte 0
  .global _start
_start:
