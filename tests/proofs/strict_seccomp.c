/*===- strict_seccomp.c - a run makes no system call ----------------------===
 *
 * After open the process may only read, write and exit: any other system call
 * kills it. Good and bad calls are made there.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "digits.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static caller c;

int main(void) {
  digits_model model = TSR_MODEL_INIT;
  tsr_status status = digits_open(&model, 0);
  if (status != TSR_OK || prepare(&c, 1) != TSR_OK) {
    fprintf(stderr, "open: %s\n", tsr_status_text(status));
    return 1;
  }
  /* Pages of the workspace are touched before, so that nothing depends on when
   * the kernel backs them; page faults are no system calls anyway. */
  memset(c.workspace, 0, sizeof c.workspace);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
    perror("prctl");
    return 77;
  }
  status = run(&model, &c, 0);
  int wrong = wrong_calls(&model, &c);
  size_t bytes = 0;
  wrong += digits_workspace_size(&c.dims, &bytes) != TSR_OK;
  /* exit_group is not allowed either, exit is. */
  syscall(SYS_exit, status == TSR_OK && wrong == 0 ? 0 : 1);
}
