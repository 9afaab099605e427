#define _GNU_SOURCE
#include "clinux.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#include <grp.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static _Thread_local void *current_loop;

void *clinux_current_loop(void) { return current_loop; }
void clinux_set_current_loop(void *loop) { current_loop = loop; }

static int spawn(const char *path, char *const argv[], char *const envp[], int log_fd, uid_t uid, gid_t gid,
                 int death_signal) {
    pid_t pid = fork();
    if (pid < 0) return -errno;
    if (pid > 0) return pid;
    // Only async-signal-safe calls from here on: the parent has threads.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    int null_fd = open("/dev/null", O_RDONLY);
    dup2(null_fd, 0);
    dup2(log_fd, 1);
    dup2(log_fd, 2);
    syscall(SYS_close_range, 3, ~0U, 0);
    if (chdir("/") != 0) _exit(125);
    if (uid != 0 && (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0)) _exit(126);
    // After setuid, which would clear it.
    if (death_signal != 0) prctl(PR_SET_PDEATHSIG, death_signal);
    execve(path, argv, envp);
    _exit(127);
}

int clinux_spawn(const char *path, char *const argv[], char *const envp[], int log_fd, uid_t uid, gid_t gid) {
    return spawn(path, argv, envp, log_fd, uid, gid, 0);
}

int clinux_spawn_bound(const char *path, char *const argv[], char *const envp[], int log_fd, uid_t uid, gid_t gid) {
    return spawn(path, argv, envp, log_fd, uid, gid, SIGQUIT);
}

int clinux_rename_noreplace(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : -errno;
}

int clinux_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int clinux_usable_core_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}
