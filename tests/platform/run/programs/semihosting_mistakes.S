/* What a guest can do wrong; each must answer with an error value and this errno, and the program goes on. */
#include "program.h"
  la s0, table
  la s1, table_end
  li s2, 1                  /* number of the row */
next:
  lw a0, 0(s0)
  lw a1, 4(s0)
  call semihost
  lw t0, 8(s0)
  bne a0, t0, failed
  li a0, 0x13               /* SYS_ERRNO */
  call semihost
  lw t0, 12(s0)
  bne a0, t0, failed
  addi s0, s0, 16
  addi s2, s2, 1
  bltu s0, s1, next
  la a1, good_end
  li a0, 0x20               /* SYS_EXIT_EXTENDED */
  call semihost
failed:
  la a1, bad_end
  sw s2, 4(a1)
  li a0, 0x20
  call semihost
1: j 1b

  .option norvc
  .balign 16
semihost:
  slli x0, x0, 0x1f
  ebreak
  srai x0, x0, 7
  ret
  .data
  .balign 4
/* operation, argument, answer, errno afterwards */
table:
  .word 0x99, 0, -1, 38                   /* no such operation */
  .word 0x04, 0x00000100, -1, 14          /* SYS_WRITE0 of what is no memory */
  .word 0x05, 0xfffffff0, -1, 14          /* argument block is no memory */
  .word 0x02, closed, -1, 9               /* SYS_CLOSE of a handle never opened */
  .word 0x05, write_closed, 4, 9          /* SYS_WRITE to it: nothing written */
  .word 0x06, read_closed, 4, 9
  .word 0x01, open_bad_mode, -1, 22
  .word 0x01, open_long, -1, 36
  .word 0x01, open_up, -1, 13
  .word 0x01, open_absolute, -1, 13
  .word 0x01, open_link, -1, 13           /* the test's folder has it: a link to a file outside */
  .word 0x01, open_link_folder, -1, 13    /* a folder that is a link outwards */
  .word 0x01, open_dangling, -1, 13       /* a link to a file outside that does not exist */
  .word 0x01, open_folder, -1, 13
  .word 0x01, open_missing, -1, 2
  .word 0x0e, remove_up, -1, 13
  .word 0x0f, rename_up, -1, 13
  .word 0x0a, closed, -1, 9               /* SYS_SEEK */
  .word 0x0c, closed, -1, 9               /* SYS_FLEN */
  .word 0x09, closed, -1, 9               /* SYS_ISTTY */
  .word 0x0d, temporary_short, -1, 36
  .word 0x15, command_line_short, -1, 7
table_end:
closed: .word 77, 0
write_closed: .word 77, table, 4
read_closed: .word 77, table, 4
open_bad_mode: .word name_missing, 12, 7
open_long: .word name_missing, 0, 100000
open_up: .word name_up, 4, 14
open_absolute: .word name_absolute, 0, 11
open_link: .word name_link, 0, 4
open_link_folder: .word name_link_folder, 4, 17
open_dangling: .word name_dangling, 4, 8
open_folder: .word name_folder, 0, 6
open_missing: .word name_missing, 0, 7
remove_up: .word name_up, 14
rename_up: .word name_missing, 7, name_up, 14
temporary_short: .word table, 1, 3
command_line_short: .word table, 2
good_end: .word 0x20026, 0
bad_end: .word 0x20026, 0
name_missing: .asciz "missing"
name_up: .asciz "a/../../outside"
name_absolute: .asciz "/etc/passwd"
name_link: .asciz "link"
name_link_folder: .asciz "link_folder/inside"
name_dangling: .asciz "dangling"
name_folder: .asciz "folder"
