// Stands between a program and its file calls (LD_PRELOAD): counts them, writes them down, and at
// the N-th one fails, kills or stops the program. Each environment variable may be left out:
//   FILE_CALLS=count       only counts
//   FILE_CALLS=fail:N:E    call N fails with errno E; nothing of it is done (but close closes)
//   FILE_CALLS=full:N      from call N on every call that needs room on the disk fails with ENOSPC
//   FILE_CALLS=short:N     call N reads or writes half of what it was asked for
//   FILE_CALLS=kill:N      SIGKILL before call N; killed:N: after it; half:N: after half a write
//   FILE_CALLS=stop:N      SIGSTOP before call N
//   FILE_CALLS_LOG=FILE    one line per call: number, name, result and arguments, tabs between; the
//                          bytes that a write has written follow its line
// Calls that libc makes inside itself (stdio, the loader) do not pass here.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { first_own_descriptor = 200 };  // out of the way of a program that counts on 0, 1, 2

static atomic_long calls;
static long at = -1;  // N
static int error_there, log_file = -1;
static char mode[16] = "";

// The environment is read when the first call comes: constructors of others may come before ours.
static void start(void) {
  static atomic_int started;
  if (atomic_exchange(&started, 1)) return;
  const char* what = getenv("FILE_CALLS");
  if (what) sscanf(what, "%15[a-z]:%ld:%d", mode, &at, &error_there);
  const char* log = getenv("FILE_CALLS_LOG");
  if (!log) return;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, log,
                                O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  log_file = (int)syscall(SYS_fcntl, file, F_DUPFD_CLOEXEC, first_own_descriptor);
  syscall(SYS_close, file);
}

static int is_mode(const char* name) { return strcmp(mode, name) == 0; }

static void end_with(int signal) { syscall(SYS_kill, (int)syscall(SYS_getpid), signal); }

// Counts a call; whether it is to fail, and then errno says how.
static long number_of_call(void) {
  start();
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (number == at && is_mode("kill")) end_with(SIGKILL);
  if (number == at && is_mode("stop")) end_with(SIGSTOP);
  return number;
}

static int fails(long number, int needs_room) {
  if (is_mode("fail") && number == at) {
    errno = error_there;
    return 1;
  }
  if (is_mode("full") && number >= at && needs_room) {
    errno = ENOSPC;
    return 1;
  }
  return 0;
}

static void write_log(const void* bytes, size_t size) {
  if (log_file >= 0) syscall(SYS_write, log_file, bytes, size);
}

// After the call. Keeps errno.
static void done(long number, const char* name, long result, const char* format, ...) {
  const int error = errno;
  if (log_file >= 0) {
    char line[9000];
    int size = snprintf(line, sizeof line, "%ld\t%s\t%ld\t", number, name, result);
    va_list arguments;
    va_start(arguments, format);
    size += vsnprintf(line + size, sizeof line - (size_t)size - 1, format, arguments);
    va_end(arguments);
    line[size++] = '\n';
    write_log(line, (size_t)size);
  }
  if (number == at && is_mode("killed")) end_with(SIGKILL);
  errno = error;
}

// The function that would have been called without us.
#define REAL(name)               \
  static __typeof__(&name) real; \
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, #name)

// ---- Opening -----------------------------------------------------------------------------------

static int needs_room_to_open(int flags) { return (flags & O_CREAT) != 0; }

static mode_t mode_among(va_list arguments, int flags) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

static int open_it(int folder, const char* path, int flags, mode_t rights) {
  const long number = number_of_call();
  const int file = fails(number, needs_room_to_open(flags))
                       ? -1
                       : (int)syscall(SYS_openat, folder, path, flags, rights);
  done(number, "open", file, "%d\t%s", flags, path);
  return file;
}

#define OPEN(name)                                      \
  int name(const char* path, int flags, ...) {          \
    va_list arguments;                                  \
    va_start(arguments, flags);                         \
    const mode_t rights = mode_among(arguments, flags); \
    va_end(arguments);                                  \
    return open_it(AT_FDCWD, path, flags, rights);      \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                       \
  int name(int folder, const char* path, int flags, ...) { \
    va_list arguments;                                     \
    va_start(arguments, flags);                            \
    const mode_t rights = mode_among(arguments, flags);    \
    va_end(arguments);                                     \
    return open_it(folder, path, flags, rights);           \
  }
OPENAT(openat)
OPENAT(openat64)

#define MKSTEMP(name)                                                      \
  int name(char* path) {                                                   \
    REAL(name);                                                            \
    const long number = number_of_call();                                  \
    const int file = fails(number, 1) ? -1 : real(path);                   \
    done(number, "open", file, "%d\t%s", O_RDWR | O_CREAT | O_EXCL, path); \
    return file;                                                           \
  }
MKSTEMP(mkstemp)
MKSTEMP(mkstemp64)

#define MKOSTEMP(name)                                                             \
  int name(char* path, int flags) {                                                \
    REAL(name);                                                                    \
    const long number = number_of_call();                                          \
    const int file = fails(number, 1) ? -1 : real(path, flags);                    \
    done(number, "open", file, "%d\t%s", flags | O_RDWR | O_CREAT | O_EXCL, path); \
    return file;                                                                   \
  }
MKOSTEMP(mkostemp)
MKOSTEMP(mkostemp64)

int close(int file) {
  const long number = number_of_call();
  const int fail = fails(number, 0), error = errno;
  int result = (int)syscall(SYS_close, file);
  if (fail) {
    errno = error;
    result = -1;
  }
  done(number, "close", result, "%d", file);
  return result;
}

// ---- Reading and writing -----------------------------------------------------------------------

ssize_t read(int file, void* to, size_t size) {
  const long number = number_of_call();
  if (number == at && is_mode("short") && size > 1) size /= 2;
  const ssize_t got = fails(number, 0) ? -1 : syscall(SYS_read, file, to, size);
  done(number, "read", got, "%d", file);
  return got;
}

static ssize_t write_it(int file, const void* from, size_t size, off_t offset) {
  const long number = number_of_call();
  const int is_half = number == at && is_mode("half");
  if (number == at && (is_half || is_mode("short")) && size > 1) size /= 2;
  const int is_message = file == 1 || file == 2;  // a lost message is no lost file
  ssize_t written = -1;
  if (is_message || !fails(number, 1))
    written = offset < 0 ? syscall(SYS_write, file, from, size)
                         : syscall(SYS_pwrite64, file, from, size, offset);
  if (is_half) end_with(SIGKILL);
  const int error = errno;
  done(number, "write", written, "%d\t%ld", file, (long)offset);
  if (written > 0) write_log(from, (size_t)written);
  errno = error;
  return written;
}

ssize_t write(int file, const void* from, size_t size) { return write_it(file, from, size, -1); }
ssize_t pwrite(int file, const void* from, size_t size, off_t offset) {
  return write_it(file, from, size, offset);
}
ssize_t pwrite64(int file, const void* from, size_t size, off_t offset) {
  return write_it(file, from, size, offset);
}

// ---- The others --------------------------------------------------------------------------------

// CALL(type, name, failure, needs room, parameters, arguments, format and arguments of the log)
#define CALL(type, name, failure, room, parameters, arguments, ...) \
  type name parameters {                                            \
    REAL(name);                                                     \
    const long number = number_of_call();                           \
    type result = failure;                                          \
    if (!fails(number, room)) result = real arguments;              \
    done(number, #name, (long)result, __VA_ARGS__);                 \
    return result;                                                  \
  }

CALL(int, fsync, -1, 1, (int file), (file), "%d", file)
CALL(int, fdatasync, -1, 1, (int file), (file), "%d", file)
CALL(int, ftruncate, -1, 0, (int file, off_t size), (file, size), "%d\t%ld", file, (long)size)
CALL(int, ftruncate64, -1, 0, (int file, off_t size), (file, size), "%d\t%ld", file, (long)size)
CALL(int, flock, -1, 0, (int file, int how), (file, how), "%d\t%d", file, how)
CALL(int, fchmod, -1, 0, (int file, mode_t rights), (file, rights), "%d", file)
CALL(int, rename, -1, 1, (const char* from, const char* to), (from, to), "%s\t%s", from, to)
CALL(int, link, -1, 1, (const char* from, const char* to), (from, to), "%s\t%s", from, to)
CALL(int, unlink, -1, 0, (const char* path), (path), "%s", path)
CALL(int, rmdir, -1, 0, (const char* path), (path), "%s", path)
CALL(int, remove, -1, 0, (const char* path), (path), "%s", path)
CALL(int, mkdir, -1, 1, (const char* path, mode_t rights), (path, rights), "%s", path)
CALL(int, stat, -1, 0, (const char* path, struct stat* to), (path, to), "%s", path)
CALL(int, lstat, -1, 0, (const char* path, struct stat* to), (path, to), "%s", path)
CALL(int, fstat, -1, 0, (int file, struct stat* to), (file, to), "%d", file)
CALL(int, stat64, -1, 0, (const char* path, struct stat64* to), (path, to), "%s", path)
CALL(int, lstat64, -1, 0, (const char* path, struct stat64* to), (path, to), "%s", path)
CALL(int, fstat64, -1, 0, (int file, struct stat64* to), (file, to), "%d", file)
CALL(DIR*, opendir, NULL, 0, (const char* path), (path), "%s", path)
CALL(struct dirent*, readdir, NULL, 0, (DIR * folder), (folder), "%p", (void*)folder)
CALL(struct dirent64*, readdir64, NULL, 0, (DIR * folder), (folder), "%p", (void*)folder)
