/* A program for tests to run in containers: static, so that any image will do. Built by tests/e2e/probe.rs. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* call NUMBER [ARGUMENT…]…, separated by "--": makes each system call in a child and prints its errno, 0 for success. */
static int calls(char **words) {
    while (*words) {
        long n[7] = {0};
        int count = 0;
        for (; *words && strcmp(*words, "--"); words++)
            if (count < 7)
                n[count++] = strtol(*words, 0, 0);
        if (*words)
            words++;
        fflush(stdout);
        int result[2];
        if (pipe(result))
            return 1;
        pid_t child = fork();
        if (child == 0) {
            close(result[0]);
            alarm(2); /* one that is let through may block */
            errno = 0;
            long answer = syscall(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
            int code = answer < 0 ? errno : 0;
            if (write(result[1], &code, sizeof code) != sizeof code)
                _exit(1);
            _exit(0);
        }
        close(result[1]);
        int code;
        ssize_t got = read(result[0], &code, sizeof code);
        close(result[0]);
        waitpid(child, 0, 0);
        printf("%ld %d\n", n[0], got == sizeof code ? code : -1);
    }
    return 0;
}

int main(int argc, char **argv) {
    (void)argc;
    if (!argv[1])
        return 2;
    if (!strcmp(argv[1], "ids"))
        return printf("%d %d\n", (int)getuid(), (int)geteuid()) < 0;
    if (!strcmp(argv[1], "calls"))
        return calls(argv + 2);
    return 2;
}
