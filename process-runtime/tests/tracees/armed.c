/* Says whether a PDEATHSIG was set before it was executed, announces itself with one line, then
 * waits for the end of its input. KERNEL: the setting survives exec (but not of set-id files). */
#include "tracee.h"

int main(void) {
    int sig = 0;
    MUST(prctl(PR_GET_PDEATHSIG, &sig));
    say("pdeathsig %d\n", sig);
    char byte;
    while (read(0, &byte, 1) > 0) {}
    say("end of input\n");
    return 0;
}
