/* What Dhrystone as riscv-tests ships it needs. The benchmark itself is not part of this project: docs/benchmarks.md. */
#include "bench/riscv_mips/machine.h"

int printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int written = machine_vprintf(format, arguments);
  va_end(arguments);
  return written;
}
/* Dhrystone starts with 500 runs and does ten times as many as long as they take less than two seconds. The simulator is
   measured from outside, so time stands still until the fifth attempt, of five million, is over. */
long time(long* now) {
  static int calls = 0;
  (void)now;
  return ++calls < 10 ? 0 : 1000;
}
/* Takes the place of an empty function (--wrap), so that the final values are printed. */
void __wrap_debug_printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  machine_vprintf(format, arguments);
  va_end(arguments);
}
void setStats(int enable) {
  (void)enable;
}
