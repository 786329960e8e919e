/* What the tests of riscv-arch-test ask the model under test for. Terse ends a program that writes 1 to tohost and dumps the
   memory between begin_signature and end_signature. */
#ifndef TERSE_MODEL_TEST_H
#define TERSE_MODEL_TEST_H

#define RVMODEL_BOOT

#define RVMODEL_HALT          \
  la t0, tohost;              \
  li t1, 1;                   \
  sw t1, 0(t0);               \
  sw zero, 4(t0);             \
  halted: j halted;

#define RVMODEL_DATA_BEGIN                                    \
  .pushsection .tohost, "aw", @progbits;                      \
  .balign 64; .global tohost; tohost: .dword 0;               \
  .balign 64; .global fromhost; fromhost: .dword 0;           \
  .popsection;                                                \
  .balign 16; .global begin_signature; begin_signature:

/* Committed reference signatures are whole lines of 16 bytes. */
#define RVMODEL_DATA_END .balign 16; .global end_signature; end_signature:

/* No output and no assertions: the signature says it all. */
#define RVMODEL_IO_INIT
#define RVMODEL_IO_WRITE_STR(scratch, text)
#define RVMODEL_IO_CHECK()
#define RVMODEL_IO_ASSERT_GPR_EQ(scratch, register, value)
#define RVMODEL_IO_ASSERT_SFPR_EQ(scratch, register, value)
#define RVMODEL_IO_ASSERT_DFPR_EQ(scratch, register, value)

/* The tests that apply raise no interrupts. */
#define RVMODEL_SET_MSW_INT
#define RVMODEL_CLEAR_MSW_INT
#define RVMODEL_CLEAR_MTIMER_INT
#define RVMODEL_CLEAR_MEXT_INT

#endif
