/* The C library's own use of semihosting: console, files, exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
  if (!(condition)) { printf("line %d: %s\n", __LINE__, #condition); exit(9); }

static int semihost(int operation, void* argument) {
  register int a0 __asm__("a0") = operation;
  register void* a1 __asm__("a1") = argument;
  __asm__ volatile(
      ".option push\n.option norvc\n.balign 16\nslli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
      : "+r"(a0) : "r"(a1) : "memory");
  return a0;
}

int main(void) {
  printf("hello from C\n");
  FILE* file = fopen("numbers.txt", "w");
  CHECK(file != NULL);
  for (int i = 0; i < 1000; ++i) fprintf(file, "%d\n", i);
  CHECK(fclose(file) == 0);

  struct { const char* name; int mode; int length; } open = {"numbers.txt", 0, 11};
  int handle = semihost(0x01, &open);
  CHECK(handle > 3);
  CHECK(semihost(0x0c, &handle) == 3890); /* SYS_FLEN: 10 * 2 + 90 * 3 + 900 * 4 */
  int seek[2] = {handle, 3885};
  CHECK(semihost(0x0a, seek) == 0);
  char text[16] = "";
  struct { int handle; char* buffer; int length; } read = {handle, text, 16};
  CHECK(semihost(0x06, &read) == 11); /* five bytes of sixteen were left */
  CHECK(memcmp(text, "\n999\n", 5) == 0);
  CHECK(semihost(0x06, &read) == 16); /* end of the file */
  CHECK(semihost(0x09, &handle) == 0); /* SYS_ISTTY */
  CHECK(semihost(0x02, &handle) == 0);

  struct { const char* from; int from_length; const char* to; int to_length; } rename = {"numbers.txt", 11, "kept.txt", 8};
  CHECK(semihost(0x0f, &rename) == 0);
  struct { const char* name; int length; } remove = {"unwanted.txt", 12};
  CHECK(semihost(0x0e, &remove) == 0);

  char line[64];
  struct { char* buffer; int length; } command = {line, sizeof line};
  CHECK(semihost(0x15, &command) == 0 && strcmp(line, "semihosting_files.elf") == 0 && command.length == 21);
  unsigned long long before = 0, after = 0;
  CHECK(semihost(0x30, &before) == 0);
  for (volatile int i = 0; i < 1000; ++i) {}
  CHECK(semihost(0x30, &after) == 0 && after > before + 2000); /* ns: 1000 rounds take at least 1000 cycles of 2 ns */
  CHECK(semihost(0x31, 0) == 1000000000);
  CHECK(semihost(0x07, 0) == 'x'); /* standard input holds "x" */
  CHECK(semihost(0x07, 0) == -1);
  int end[2] = {0x20026, 5}; /* SYS_EXIT_EXTENDED: exit() knows only success and failure */
  semihost(0x20, end);
  return 0;
}
