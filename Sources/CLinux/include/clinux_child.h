// Confined child processes: how they are started, what they may still do, and the descriptors they are handed.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Resource limits of a child; 0 leaves one as it is.
struct clinux_child_limits {
    uint64_t address_space;
    uint64_t file_size;
    uint64_t descriptors;
    uint64_t cpu_seconds;
};

/// vfork, then in the child: `descriptors` become 0 to 3 (-1: /dev/null for 0 to 2, closed for 3), all others are closed,
/// working directory /, no environment, no core dump, the limits, no new privileges, SIGKILL when the calling thread
/// ends; with `is_filtered` no sockets, no further process and no signal to others; execve. Returns the pid, or -errno.
int clinux_spawn_confined(const char *path, char *const argv[], const int descriptors[4],
                          const struct clinux_child_limits *limits, int is_filtered);

/// Confines the calling process for good, which must have one thread: descriptors above `last_descriptor` closed, no
/// new privileges, no core dump, not dumpable, dies with its parent, few malloc arenas. Returns 0, or -errno.
int clinux_confine(int last_descriptor);

/// From here on only what a codec needs: memory without execution, threads, and reading, writing and closing what is
/// open. Everything else fails with EPERM. Returns 0, or -errno where the kernel has no seccomp filters.
int clinux_filter_codec(void);

/// Lets a child use `seconds` more of CPU time than it has used; then it gets SIGXCPU. Returns 0, or -errno.
int clinux_add_cpu_time(pid_t pid, uint64_t seconds);

/// A descriptor that polls readable when the child has ended, or -errno.
int clinux_watch_child(pid_t pid);

/// sendmsg with descriptors (0 to 4) at the first byte; no SIGPIPE. Returns the bytes sent, or -errno.
ssize_t clinux_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors,
                                int descriptor_count);

/// recvmsg; descriptors that come along are stored, at most 4, close-on-exec. More than that: they are closed and
/// -EMSGSIZE is returned. Returns the bytes received, 0 at the end, or -errno.
ssize_t clinux_receive_descriptors(int socket, void *bytes, size_t count, int descriptors[4], int *descriptor_count);

/// A new file in memory, close-on-exec, or -errno.
int clinux_memory_file(void);

/// A pipe for frames: reading end and writing end, close-on-exec, with a large buffer where the kernel grants it.
/// Returns 0, or -errno.
int clinux_pipe(int ends[2]);
