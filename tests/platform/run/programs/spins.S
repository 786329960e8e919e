/* Never ends. */
#include "program.h"
  .global spin
  .type spin, @function
spin: j spin
