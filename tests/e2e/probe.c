/* A program for tests to run in containers: static, so that any image will do. Built by tests/e2e/probe.rs. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/statvfs.h>
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

enum { JOIN_SESSION_KEYRING = 1, SEARCH = 10, SESSION_KEYRING = -3 };

/* with-key NAME PROGRAM ARGUMENT…: runs the program with a session keyring that has a key of this name. */
static int with_key(char **words) {
    if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, "dhow-test") < 0 ||
        syscall(SYS_add_key, "user", words[0], "secret", 6L, (long)SESSION_KEYRING) < 0) {
        perror("keyring");
        return 1;
    }
    execv(words[1], words + 1);
    perror(words[1]);
    return 1;
}

/* key NAME: whether the session keyring has a key of this name. */
static int key(char *name) {
    long found = syscall(SYS_keyctl, SEARCH, (long)SESSION_KEYRING, "user", name, 0L);
    return printf("%s\n", found >= 0 ? "found" : "none") < 0;
}

/* mount PATH: whether the mount that it is on takes writes. */
static int mount_of(char *path) {
    struct statvfs stat;
    if (statvfs(path, &stat)) {
        perror(path);
        return 1;
    }
    return puts(stat.f_flag & ST_RDONLY ? "read-only" : "writable") < 0;
}

int main(int argc, char **argv) {
    if (!argv[1])
        return 2;
    if (!strcmp(argv[1], "ids"))
        return printf("%d %d\n", (int)getuid(), (int)geteuid()) < 0;
    if (!strcmp(argv[1], "calls"))
        return calls(argv + 2);
    if (!strcmp(argv[1], "with-key") && argc > 3)
        return with_key(argv + 2);
    if (!strcmp(argv[1], "mount") && argc > 2)
        return mount_of(argv[2]);
    if (!strcmp(argv[1], "key") && argc > 2)
        return key(argv[2]);
    return 2;
}
