/* cpu_seconds COMMAND...: the CPU time, user and system, that the command used; its exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) return fputs("usage: cpu_seconds COMMAND...\n", stderr), 2;
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  int status = 0;
  struct rusage used;
  if (wait4(child, &status, 0, &used) < 0) return perror("wait4"), 2;
  fprintf(stderr, "cpu %.3f\n",
          (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
              1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
