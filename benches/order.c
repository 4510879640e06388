/* Which code of a program runs: single-steps a command and all that comes of it, and prints the addresses within the program's file that were
 * executed, in the order of their first use, one a line (hexadecimal, in steps of 16).
 *
 *   order PROGRAM-FILE COMMAND [ARG...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 4096
#define GRAIN 16

struct process {
    pid_t pid;
    unsigned long low, high, offset; /* Where the file's code is mapped; 0, 0: nowhere */
};

static struct process known[PROCESSES];
static struct stat program;
static unsigned char *seen;

/* Finds the executable mapping of the program in a process that has just started or executed something. */
static void look(struct process *process) {
    char path[64], line[PATH_MAX + 128];
    process->low = process->high = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", process->pid);
    FILE *maps = fopen(path, "r");
    if (!maps)
        return;
    while (fgets(line, sizeof line, maps)) {
        unsigned long low, high, offset, inode;
        char mode[8];
        if (sscanf(line, "%lx-%lx %7s %lx %*s %lu", &low, &high, mode, &offset, &inode) == 5 && mode[2] == 'x' &&
            inode == program.st_ino) {
            process->low = low;
            process->high = high;
            process->offset = offset;
        }
    }
    fclose(maps);
}

static struct process *find(pid_t pid) {
    for (int i = 0; i < PROCESSES; i++) {
        if (known[i].pid == pid)
            return &known[i];
        if (!known[i].pid) {
            known[i].pid = pid;
            look(&known[i]);
            return &known[i];
        }
    }
    fprintf(stderr, "order: too many processes\n");
    exit(1);
}

static void note(struct process *process) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, process->pid, 0, &registers) || registers.rip < process->low ||
        registers.rip >= process->high)
        return;
    unsigned long at = (registers.rip - process->low + process->offset) / GRAIN;
    if (!seen[at]) {
        seen[at] = 1;
        printf("%lx\n", at * GRAIN);
    }
}

int main(int argc, char **argv) {
    if (argc < 3 || stat(argv[1], &program)) {
        fprintf(stderr, "usage: order PROGRAM-FILE COMMAND [ARG...]\n");
        return 2;
    }
    seen = calloc(program.st_size / GRAIN + 1, 1);
    pid_t first = fork();
    if (!first) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int status, started = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (!WIFSTOPPED(status))
            continue;
        struct process *process = find(pid);
        if (!started++)
            ptrace(PTRACE_SETOPTIONS, pid, 0, options);
        int signal = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_EXEC || pid == first && started == 1)
            look(process);
        if (signal == SIGTRAP)
            note(process);
        ptrace(PTRACE_SINGLESTEP, pid, 0, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
    }
    return 0;
}
