# Finds the bare-metal RISC-V compiler and proves, at configure time, that a C++20 program with the library headers compiles
# and links for RV32IMAC. Sets TERSE_CROSS_CXX, TERSE_CROSS_SPECS, TERSE_CROSS_CXX_HEADERS, TERSE_CROSS_CXX_CONFIG.
set(cross_mend "Mend: apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf libstdc++-arm-none-eabi-dev")

find_program(TERSE_CROSS_CXX riscv64-unknown-elf-g++)
if(NOT TERSE_CROSS_CXX)
  message(FATAL_ERROR "The RISC-V cross compiler riscv64-unknown-elf-g++ was not found.\n  ${cross_mend}")
endif()

set(TERSE_CROSS_SPECS picolibcpp.specs CACHE STRING "Specs file of the C library for firmware")

# The cross compiler ships no C++ library headers. Those of the Arm bare-metal toolchain are the same libstdc++ sources; the
# configuration header of its softest variant (thumb/nofp) assumes nothing about the core that headers alone would need.
# The major version must be the compiler's: the headers use its built-ins.
execute_process(COMMAND ${TERSE_CROSS_CXX} -dumpversion OUTPUT_VARIABLE cross_version OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX MATCH "^[0-9]+" cross_major "${cross_version}")
file(GLOB cross_headers /usr/include/newlib/c++/${cross_major}.*)
list(POP_BACK cross_headers cross_newest)
set(TERSE_CROSS_CXX_HEADERS "${cross_newest}" CACHE PATH "C++ library headers for firmware")
set(TERSE_CROSS_CXX_CONFIG "${TERSE_CROSS_CXX_HEADERS}/arm-none-eabi/thumb/nofp" CACHE PATH
    "Configuration of the C++ library headers for firmware")
if(NOT EXISTS "${TERSE_CROSS_CXX_HEADERS}/array" OR NOT EXISTS "${TERSE_CROSS_CXX_CONFIG}/bits/c++config.h")
  message(FATAL_ERROR "No C++ library headers for ${TERSE_CROSS_CXX} (version ${cross_version}) below "
                      "/usr/include/newlib/c++/${cross_major}.*: firmware needs <array>, <span>, <atomic> and friends.\n"
                      "  ${cross_mend}")
endif()

if(NOT TERSE_CROSS_WORKS STREQUAL "${TERSE_CROSS_CXX} ${TERSE_CROSS_SPECS} ${TERSE_CROSS_CXX_HEADERS}")
  set(probe ${CMAKE_CURRENT_BINARY_DIR}/probe.cpp)
  file(WRITE ${probe} "#include <array>\n#include <atomic>\n#include <cstring>\n#include <source_location>\n#include <span>\n"
                      "std::atomic<unsigned> count;\nextern \"C\" unsigned _start(unsigned long long* a) {\n"
                      "  std::array<char, 64> b{}; std::memcpy(a, b.data(), *a % 60 / ++count);\n"
                      "  return std::source_location::current().line(); }\n")
  execute_process(
    COMMAND ${TERSE_CROSS_CXX} -march=rv32imac -misa-spec=2.2 -mabi=ilp32 --specs=${TERSE_CROSS_SPECS} -std=c++20
            -fno-exceptions -fno-rtti -isystem ${TERSE_CROSS_CXX_HEADERS} -isystem ${TERSE_CROSS_CXX_CONFIG}
            -nostdlib -static ${probe} -lc -lgcc -o ${CMAKE_CURRENT_BINARY_DIR}/probe.elf
    RESULT_VARIABLE probe_result ERROR_VARIABLE probe_errors)
  if(NOT probe_result EQUAL 0)
    message(FATAL_ERROR "A small C++20 program does not compile and link for RV32IMAC with ${TERSE_CROSS_CXX}:\n"
                        "${probe_errors}\n  ${cross_mend}")
  endif()
  set(TERSE_CROSS_WORKS "${TERSE_CROSS_CXX} ${TERSE_CROSS_SPECS} ${TERSE_CROSS_CXX_HEADERS}" CACHE INTERNAL "")
endif()
