#pragma once
/* What a benchmark program needs of the machine it runs on: text out, and an end. C, so that CoreMark can use it. */
#include <stdarg.h>
#ifdef __cplusplus
extern "C" {
#endif
/* %c %s %d %u %x, %l before a number, a width with leading zeros. */
int machine_printf(const char* format, ...);
int machine_vprintf(const char* format, va_list arguments);
/* Ends the run; 0 is success. */
void machine_exit(int code) __attribute__((noreturn));
#ifdef __cplusplus
}
#endif
