// The door to Linux: headers that Swift's own module map leaves out, and what C macros hide.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <signal.h>
#include "clinux_child.h"

/// The event loop of the calling thread, or NULL.
void *clinux_current_loop(void);
void clinux_set_current_loop(void *loop);

/// fork, then in the child: new process group, uid and gid dropped when not 0, working directory /, descriptors above 2
/// closed, execve. Returns the child's pid, or -errno. `log_fd` becomes the child's standard output and error.
int clinux_spawn(const char *path, char *const argv[], char *const envp[], int log_fd, uid_t uid, gid_t gid);

/// As clinux_spawn, and the child gets SIGQUIT when the calling thread ends, also by SIGKILL of its process.
int clinux_spawn_bound(const char *path, char *const argv[], char *const envp[], int log_fd, uid_t uid, gid_t gid);

/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_accept(int listener, struct sockaddr *address, socklen_t *length);

/// Names the calling thread; at most 15 characters count.
void clinux_name_thread(const char *name);

/// renameat2 with RENAME_NOREPLACE: 0, or -errno.
int clinux_rename_noreplace(const char *from, const char *to);
/// Processors in the affinity mask of the calling thread; 0 when it cannot be told.
int clinux_usable_core_count(void);
