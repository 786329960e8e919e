// Start-up and trap vector. The boot ROM enters with a0 = hart id, a1 = address of the device table.

    .section .text.start, "ax", @progbits
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    csrw mie, zero
    csrci mstatus, 8
    la t0, trap_vector
    csrw mtvec, t0
    la t0, __trap_stack_top
    csrw mscratch, t0
    la sp, __stack_top
    bnez a0, park

    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  mv s0, a0
    mv s1, a1

    la s2, __init_array_start
    la s3, __init_array_end
3:  bgeu s2, s3, 4f
    lw t0, 0(s2)
    jalr t0
    addi s2, s2, 4
    j 3b
4:  mv a0, s0
    mv a1, s1
    call firmware_entry         // does not return

park:                           // only hart 0 runs the firmware
    wfi
    j park

// Traps save the whole context on a stack of their own, so that a broken stack pointer can still be reported. mscratch
// holds the top of that stack, and zero while the handler runs: a trap inside the handler finds zero there.
    .text
    .align 2
    .globl trap_vector
trap_vector:
    csrrw sp, mscratch, sp
    beqz sp, trap_in_trap
    addi sp, sp, -144
    .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sw x\n, 4*\n(sp)
    .endr
    csrr t0, mscratch           // the interrupted stack pointer
    sw t0, 8(sp)
    csrw mscratch, zero
    csrr t0, mepc
    sw t0, 128(sp)
    csrr t0, mcause
    sw t0, 132(sp)
    csrr t0, mtval
    sw t0, 136(sp)
    mv a0, sp
    call handle_trap
    lw t0, 128(sp)
    csrw mepc, t0
    addi t0, sp, 144
    csrw mscratch, t0
    .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    lw x\n, 4*\n(sp)
    .endr
    lw sp, 8(sp)
    mret

trap_in_trap:
    la sp, __last_stack_top
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call handle_trap_in_trap    // does not return
    j park
