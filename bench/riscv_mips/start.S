// Start-up of the benchmark programs. Without LINUX_USER: the reference platform's boot ROM and QEMU's virt machine both
// enter with a1 pointing to a description of the machine. With it: a Linux program, whose stack is there already.
    .section .text.start, "ax", @progbits
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
#ifndef LINUX_USER
    la sp, __stack_top
    mv s1, a1
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  la t0, machine_description
    sw s1, 0(t0)
#endif
    call main
    call machine_exit
