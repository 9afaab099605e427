#define _GNU_SOURCE
#include "clinux_child.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

// One instruction each; ALLOW and REFUSE are two, a test that skips the return when it does not hold.
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define SKIP_UNLESS_ANY(bits, n) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, n)
#define PERMIT RETURN(SECCOMP_RET_ALLOW)
#define FAIL(code) RETURN(SECCOMP_RET_ERRNO | (code))
#define ALLOW(call) SKIP_UNLESS(call, 1), PERMIT
#define REFUSE(call, code) SKIP_UNLESS(call, 1), FAIL(code)
// Calls whose argument `n` must, or must not, have one of the bits.
#define ALLOW_WITH(call, n, bits) \
    SKIP_UNLESS(call, 4), LOAD_ARGUMENT(n), SKIP_UNLESS_ANY(bits, 1), PERMIT, FAIL(EPERM)
#define ALLOW_WITHOUT(call, n, bits) \
    SKIP_UNLESS(call, 4), LOAD_ARGUMENT(n), SKIP_UNLESS_ANY(bits, 1), FAIL(EPERM), PERMIT
// Calls whose argument `n` must have that value.
#define ALLOW_IF(call, n, value) \
    SKIP_UNLESS(call, 4), LOAD_ARGUMENT(n), SKIP_UNLESS(value, 1), PERMIT, FAIL(EPERM)

#if defined(__x86_64__)
// The calls of the x32 ABI have numbers of their own, which would pass by the list.
#define OUR_CALLS_ONLY BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), FAIL(EPERM)
#else
#define OUR_CALLS_ONLY BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0)
#endif

#ifdef OUR_ARCH
static int set_filter(struct sock_filter *code, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0 ? 0 : -errno;
}

int clinux_filter_codec(void) {
    unsigned self = (unsigned)getpid();
    struct sock_filter code[] = {
        LOAD(arch), SKIP_UNLESS(OUR_ARCH, 1), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr), OUR_CALLS_ONLY,
        // The most frequent first.
        ALLOW(SYS_futex), ALLOW(SYS_pread64), ALLOW(SYS_pwrite64), ALLOW(SYS_read), ALLOW(SYS_write),
        ALLOW(SYS_madvise), ALLOW(SYS_munmap), ALLOW(SYS_mremap), ALLOW(SYS_brk), ALLOW(SYS_sched_yield),
        ALLOW(SYS_recvmsg), ALLOW(SYS_sendmsg), ALLOW(SYS_readv), ALLOW(SYS_writev), ALLOW(SYS_lseek),
        ALLOW(SYS_fstat), ALLOW(SYS_ftruncate), ALLOW(SYS_fallocate), ALLOW(SYS_fsync), ALLOW(SYS_fdatasync),
        ALLOW(SYS_fadvise64), ALLOW(SYS_close), ALLOW(SYS_ppoll),
#ifdef SYS_poll
        ALLOW(SYS_poll),
#endif
        ALLOW(SYS_exit), ALLOW(SYS_exit_group), ALLOW(SYS_rt_sigreturn), ALLOW(SYS_rt_sigprocmask),
        ALLOW(SYS_rt_sigaction), ALLOW(SYS_sigaltstack), ALLOW(SYS_getpid), ALLOW(SYS_gettid),
        ALLOW(SYS_set_robust_list), ALLOW(SYS_rseq), ALLOW(SYS_sched_getaffinity), ALLOW(SYS_getrandom),
        ALLOW(SYS_getrusage), ALLOW(SYS_clock_gettime), ALLOW(SYS_clock_nanosleep), ALLOW(SYS_restart_syscall),
        // The C library asks for the size of an open file this way.
        ALLOW_WITH(SYS_newfstatat, 3, AT_EMPTY_PATH),
        ALLOW_WITHOUT(SYS_mmap, 2, PROT_EXEC), ALLOW_WITHOUT(SYS_mprotect, 2, PROT_EXEC),
        // Threads, no processes. The flags of clone3 lie in memory, where a filter cannot look; without it the C
        // library takes clone.
        ALLOW_WITH(SYS_clone, 0, CLONE_THREAD), REFUSE(SYS_clone3, ENOSYS),
        // abort() signals its own thread; F_SETOWN would send signals to others.
        ALLOW_IF(SYS_tgkill, 0, self), ALLOW_IF(SYS_prctl, 0, PR_SET_NAME), ALLOW_IF(SYS_fcntl, 1, F_GETFL),
        FAIL(EPERM),
    };
    return set_filter(code, sizeof code / sizeof code[0]);
}

/// For a foreign program: all but the network, other processes, and the doors into the kernel it does not need.
static int filter_program(void) {
    unsigned self = (unsigned)getpid();
    struct sock_filter code[] = {
        LOAD(arch), SKIP_UNLESS(OUR_ARCH, 1), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr), OUR_CALLS_ONLY,
        REFUSE(SYS_socket, EACCES), REFUSE(SYS_socketpair, EACCES), REFUSE(SYS_connect, EACCES),
        REFUSE(SYS_bind, EACCES), REFUSE(SYS_listen, EACCES), REFUSE(SYS_io_uring_setup, ENOSYS),
        REFUSE(SYS_ptrace, EPERM), REFUSE(SYS_process_vm_readv, EPERM), REFUSE(SYS_process_vm_writev, EPERM),
        REFUSE(SYS_bpf, EPERM), REFUSE(SYS_perf_event_open, EPERM), REFUSE(SYS_unshare, EPERM),
        REFUSE(SYS_setns, EPERM), REFUSE(SYS_mount, EPERM), REFUSE(SYS_keyctl, EPERM), REFUSE(SYS_add_key, EPERM),
        REFUSE(SYS_request_key, EPERM), REFUSE(SYS_userfaultfd, EPERM), REFUSE(SYS_kill, EPERM),
        REFUSE(SYS_tkill, EPERM), REFUSE(SYS_rt_sigqueueinfo, EPERM), REFUSE(SYS_rt_tgsigqueueinfo, EPERM),
        REFUSE(SYS_pidfd_open, EPERM), REFUSE(SYS_pidfd_send_signal, EPERM), REFUSE(SYS_prlimit64, EPERM),
#ifdef SYS_fork
        REFUSE(SYS_fork, EPERM), REFUSE(SYS_vfork, EPERM),
#endif
        ALLOW_WITH(SYS_clone, 0, CLONE_THREAD), REFUSE(SYS_clone3, ENOSYS), ALLOW_IF(SYS_tgkill, 0, self),
        PERMIT,
    };
    return set_filter(code, sizeof code / sizeof code[0]);
}
#else
int clinux_filter_codec(void) { return -ENOSYS; }
static int filter_program(void) { return -ENOSYS; }
#endif

static void limit(int resource, uint64_t value) {
    struct rlimit both = {value, value};
    if (value != 0) setrlimit(resource, &both);
}

/// What both kinds of children have in common; survives execve. Only async-signal-safe calls.
static int confine_for_good(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -errno;
    return 0;
}

struct start {
    const char *path;
    char *const *argv;
    const int *descriptors;
    const struct clinux_child_limits *limits;
    int is_filtered;
    pid_t parent;
};

/// The child between vfork and execve. It shares the memory of a parent with threads: only async-signal-safe calls, and
/// no writes but to its own stack.
static _Noreturn __attribute__((noinline)) void become(const struct start *start) {
    for (int i = 1; i < NSIG; i++) signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    int source[4];
    for (int i = 0; i < 4; i++) {
        // Out of the way first: a source may itself be one of 0 to 3.
        source[i] = start->descriptors[i] < 0 ? -1 : fcntl(start->descriptors[i], F_DUPFD, 16);
        if (start->descriptors[i] < 0 && i < 3) source[i] = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
        if (source[i] >= 0 && source[i] < 16) source[i] = fcntl(source[i], F_DUPFD, 16);
    }
    for (int i = 0; i < 4; i++) {
        if (source[i] < 0) close(i);
        else dup2(source[i], i);
    }
    syscall(SYS_close_range, 4, ~0U, 0);
    if (chdir("/") != 0) _exit(125);
    if (confine_for_good() != 0) _exit(126);
    // The parent may have ended before it was told to take us along.
    if (getppid() != start->parent) _exit(126);
    limit(RLIMIT_AS, start->limits->address_space);
    limit(RLIMIT_FSIZE, start->limits->file_size);
    limit(RLIMIT_NOFILE, start->limits->descriptors);
    if (start->limits->cpu_seconds != 0) {
        struct rlimit cpu = {start->limits->cpu_seconds, start->limits->cpu_seconds + 1};
        setrlimit(RLIMIT_CPU, &cpu);
    }
    if (start->is_filtered) {
        // Stays ignored in the program, which then reports that the file is too large.
        signal(SIGXFSZ, SIG_IGN);
        filter_program();
    }
    char *environment[] = {NULL};
    execve(start->path, start->argv, environment);
    _exit(127);
}

int clinux_spawn_confined(const char *path, char *const argv[], const int descriptors[4],
                          const struct clinux_child_limits *limits, int is_filtered) {
    struct start start = {path, argv, descriptors, limits, is_filtered, getpid()};
    // No handler of ours may run in the child, which has our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // Not fork, which copies the tables of all our pages: 70 ms for each GiB.
    pid_t pid = vfork();
    if (pid == 0) become(&start);
    int code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid > 0 ? pid : -code;
}

int clinux_confine(int last_descriptor) {
    if (syscall(SYS_close_range, (unsigned)last_descriptor + 1, ~0U, 0) != 0) return -errno;
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return -errno;
    // Each arena reserves 64 MiB of the address space that is limited; frames are large and mapped one by one.
    mallopt(M_ARENA_MAX, 2);
    // So that a file that grows too large is an error of the job and not the end of the process.
    signal(SIGXFSZ, SIG_IGN);
    // A pipe whose reader is gone likewise.
    signal(SIGPIPE, SIG_IGN);
    return confine_for_good();
}

int clinux_add_cpu_time(pid_t pid, uint64_t seconds) {
    clockid_t clock;
    int code = clock_getcpuclockid(pid, &clock);
    if (code != 0) return -code;
    struct timespec used;
    struct rlimit now;
    if (clock_gettime(clock, &used) != 0 || prlimit(pid, RLIMIT_CPU, NULL, &now) != 0) return -errno;
    now.rlim_cur = (rlim_t)used.tv_sec + 1 + seconds;
    return prlimit(pid, RLIMIT_CPU, &now, NULL) == 0 ? 0 : -errno;
}

int clinux_watch_child(pid_t pid) {
    long descriptor = syscall(SYS_pidfd_open, pid, 0);
    return descriptor >= 0 ? (int)descriptor : -errno;
}

enum { DESCRIPTORS_MAX = 4 };

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

ssize_t clinux_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors,
                                int descriptor_count) {
    struct iovec piece = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control;
    if (descriptor_count < 0 || descriptor_count > DESCRIPTORS_MAX) return -EINVAL;
    if (descriptor_count > 0) {
        size_t size = (size_t)descriptor_count * sizeof(int);
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), descriptors, size);
    }
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    return sent >= 0 ? sent : -errno;
}

ssize_t clinux_receive_descriptors(int socket, void *bytes, size_t count, int descriptors[4], int *descriptor_count) {
    struct iovec piece = {bytes, count};
    union control control;
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *descriptor_count = 0;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int n = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < n; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + (size_t)i * sizeof(int), sizeof descriptor);
            if (*descriptor_count < DESCRIPTORS_MAX) descriptors[(*descriptor_count)++] = descriptor;
            else close(descriptor);
        }
    }
    if (message.msg_flags & MSG_CTRUNC) {
        for (int i = 0; i < *descriptor_count; i++) close(descriptors[i]);
        *descriptor_count = 0;
        return -EMSGSIZE;
    }
    return received;
}

int clinux_memory_file(void) {
    int descriptor = memfd_create("causeway", MFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int clinux_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    return 0;
}
