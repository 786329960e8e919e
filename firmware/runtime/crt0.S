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

// Traps run on a stack of their own, so that a broken stack pointer can still be reported. mscratch holds its free end; a
// trap inside the handler continues below. Interrupts save what a C++ function may change; exceptions save the whole
// context, for the report. The frame is TrapFrame of runtime/trap.hpp.
    .set frame_size, 144
    .set frame_mepc, 128
    .set frame_mstatus, 140

    .macro each_caller_saved instruction
    .irp n, 1, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    \instruction x\n, 4*\n(sp)
    .endr
    .endm
    .macro each_callee_saved instruction
    .irp n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
    \instruction x\n, 4*\n(sp)
    .endr
    .endm

    .text
    .align 2
    .globl trap_vector
trap_vector:
    csrrw sp, mscratch, sp
    addi sp, sp, -frame_size
    sw t0, 4*5(sp)
    csrr t0, mscratch           // the interrupted stack pointer
    sw t0, 4*2(sp)
    csrw mscratch, sp
    each_caller_saved sw
    csrr t1, mepc
    sw t1, frame_mepc(sp)
    csrr t1, mstatus            // a trap inside the handler would change MPP and MPIE
    sw t1, frame_mstatus(sp)
    csrr a0, mcause
    bgez a0, exception
    call handle_interrupt

leave:
    lw t0, frame_mepc(sp)
    lw t1, frame_mstatus(sp)
    csrw mepc, t0
    csrw mstatus, t1
    addi t0, sp, frame_size
    csrw mscratch, t0
    each_caller_saved lw
    lw t0, 4*5(sp)
    lw sp, 4*2(sp)
    mret

exception:
    each_callee_saved sw
    sw a0, 132(sp)
    csrr t1, mtval
    sw t1, 136(sp)
    mv a0, sp
    call handle_exception
    each_callee_saved lw
    j leave
