/* The floor: what the kernel alone asks for a container. It makes the same namespaces, overlay, mounts and device nodes as
 * `dhow run --rm --net=none` and executes the program, with nothing read, checked, recorded or protected.
 *
 *   floor run LOWER SCRATCH PROGRAM [ARG...]    SCRATCH: a directory in which upper, work and root are made and removed
 *   floor run-user LOWER SCRATCH PROGRAM ...    the same in a user namespace with this user as root
 *   floor exec PID PROGRAM [ARG...]             joins the namespaces of PID
 *   floor checks PID COUNT PROGRAM [ARG...]     the same COUNT times, a hundred a second; prints what it took of a processor, in percent
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    _exit(125);
}

static void check(int result, const char *what) {
    if (result < 0)
        die(what);
}

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    check(fd, path);
    check(write(fd, text, strlen(text)), path);
    close(fd);
}

static void dev(int user, const char *name, int minor) {
    char path[64], host[64];
    snprintf(path, sizeof path, "dev/%s", name);
    if (!user) {
        check(mknod(path, S_IFCHR | 0666, makedev(1, minor)), path);
        return;
    }
    snprintf(host, sizeof host, "/dev/%s", name);
    close(open(path, O_CREAT | O_WRONLY, 0644));
    check(mount(host, path, NULL, MS_BIND, NULL), host);
}

static int child(int user, const char *lower, const char *scratch, char **argv) {
    char options[8192];
    check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
    check(sethostname("floor", 5), "sethostname");
    check(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "slave");
    check(chdir(scratch), scratch);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=upper,workdir=work%s", lower, user ? ",userxattr" : ",volatile");
    check(mount("overlay", "root", "overlay", 0, options), "overlay");
    check(chdir("root"), "root");
    check(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "proc");
    check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=65536k"), "dev");
    const char *dirs[] = {"dev/pts", "dev/mqueue", "dev/shm"};
    for (int i = 0; i < 3; i++)
        check(mkdir(dirs[i], 0755), dirs[i]);
    check(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"), "devpts");
    check(mount("sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL), "sysfs");
    check(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mqueue");
    check(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k"), "shm");
    const char *nodes[] = {"null", "zero", "full", "random", "urandom"};
    const int minors[] = {3, 5, 7, 8, 9};
    for (int i = 0; i < 5; i++)
        dev(user, nodes[i], minors[i]);
    mkdir("etc", 0755);
    const char *files[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf"};
    for (int i = 0; i < 3; i++) {
        close(open(files[i], O_CREAT | O_WRONLY, 0644));
        check(mount("../file", files[i], NULL, MS_BIND, NULL), files[i]);
    }
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "umount");
    check(chdir("/"), "/");
    execv(argv[0], argv);
    die(argv[0]);
    return 125;
}

static int finish(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void map(pid_t pid) {
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%d/setgroups", pid);
    put(path, "deny");
    snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
    snprintf(text, sizeof text, "0 %d 1", geteuid());
    put(path, text);
    snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
    snprintf(text, sizeof text, "0 %d 1", getegid());
    put(path, text);
}

static int run(int user, const char *lower, const char *scratch, char **argv) {
    char at[4096];
    int go[2];
    check(mkdir(scratch, 0755), scratch);
    const char *dirs[] = {"upper", "work", "root"};
    for (int i = 0; i < 3; i++) {
        snprintf(at, sizeof at, "%s/%s", scratch, dirs[i]);
        check(mkdir(at, 0755), at);
    }
    snprintf(at, sizeof at, "%s/file", scratch);
    put(at, "floor\n");
    check(pipe(go), "pipe");
    struct clone_args args = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP | (user ? CLONE_NEWUSER : 0),
        .exit_signal = SIGCHLD,
    };
    pid_t pid = syscall(SYS_clone3, &args, sizeof args);
    check(pid, "clone3");
    if (pid == 0) {
        char byte;
        close(go[1]);
        if (user)
            check(read(go[0], &byte, 1), "go");
        return child(user, lower, scratch, argv);
    }
    if (user) {
        map(pid);
        check(write(go[1], "x", 1), "go");
    }
    int code = finish(pid);
    const char *gone[] = {"work/work/incompat/volatile/dirty", "work/work/incompat/volatile", "work/work/incompat", "work/work", "work", "upper/etc/hosts", "upper/etc/hostname",
                          "upper/etc/resolv.conf", "upper/etc", "upper", "root", "file", ""};
    for (unsigned i = 0; i < sizeof gone / sizeof *gone; i++) {
        snprintf(at, sizeof at, "%s/%s", scratch, gone[i]);
        remove(at);
    }
    return code;
}

static int join(pid_t target, char **argv) {
    int fd = syscall(SYS_pidfd_open, target, 0);
    check(fd, "pidfd_open");
    check(setns(fd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP), "setns");
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0) {
        execv(argv[0], argv);
        die(argv[0]);
    }
    return finish(pid);
}

static double seconds(int who) {
    struct rusage use;
    check(getrusage(who, &use), "getrusage");
    return use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* One of a hundred that look after a container each, as monitors do: a process that is woken once a second finds its caches cold. */
static void check_every_second(int number, pid_t target, int count, char **argv) {
    int own = syscall(SYS_pidfd_open, getpid(), 0), fd = target ? syscall(SYS_pidfd_open, target, 0) : own;
    check(fd, "pidfd_open");
    check(own, "pidfd_open");
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_nsec += number * 10 * 1000 * 1000;
    for (int i = 0; i < count; i++) {
        due.tv_sec += 1 + due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        check(setns(fd, CLONE_NEWPID), "setns");
        pid_t pid = vfork();
        check(pid, "vfork");
        if (pid == 0) {
            if (target)
                check(setns(fd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP), "setns");
            execv(argv[0], argv);
            die(argv[0]);
        }
        check(setns(own, CLONE_NEWPID), "setns");
        if (finish(pid) != 0)
            _exit(1);
    }
    _exit(0);
}

/* With 0 as the target: here, what the program alone takes. */
static int checks(pid_t target, int count, char **argv) {
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        check(pid, "fork");
        if (pid == 0)
            check_every_second(i, target, count / 100, argv);
    }
    for (int i = 0; i < 100; i++) {
        int status;
        check(wait(&status), "wait");
        if (status != 0)
            return 1;
    }
    printf("%.1f\n", seconds(RUSAGE_CHILDREN) / count * 100 * 100);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 4 && !strcmp(argv[1], "run"))
        return run(0, argv[2], argv[3], argv + 4);
    if (argc > 4 && !strcmp(argv[1], "run-user"))
        return run(1, argv[2], argv[3], argv + 4);
    if (argc > 3 && !strcmp(argv[1], "exec"))
        return join(atoi(argv[2]), argv + 3);
    if (argc > 4 && !strcmp(argv[1], "checks"))
        return checks(atoi(argv[2]), atoi(argv[3]), argv + 4);
    fprintf(stderr, "usage: floor run|run-user LOWER SCRATCH PROGRAM..., floor exec PID PROGRAM..., floor checks PID COUNT PROGRAM...\n");
    return 2;
}
