/* setid FILE: gives its ids up, then executes FILE, a set-user-id copy of this program, which says what it is. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *who)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;
	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	printf("%s: %d %d %d, %d %d %d, no new privileges %d\n", who, r, e, s, rg, eg, sg,
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		say("set-user-id");
		return 0;
	}
	say("before");
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 98;
	say("after");
	execl(argv[1], argv[1], (char *)NULL);
	perror("exec");
	return 99;
}
