/* Writes down what a process writes to the files of a folder, so that a power cut can be played afterwards.
 *
 * Loaded before the C library (LD_PRELOAD). A folder that holds a file `.unsynced` is watched: each write,
 * truncation, sync and removal of its files is appended there, in the order in which it was done. What was
 * written and not synced since may be lost, in part or wholly, when the power goes; server/torture/disk.py
 * plays that. Syncs are not passed on: the journal is what counts, and a test must not wait for a real disk.
 * Where the folder also holds a file `.cut` with a number, the process dies in its sync of that number, before it.
 *
 * A record: kind, length of the name, two bytes of nothing, length of the data (4 bytes), offset (8 bytes), name,
 * data. Kinds: w(rite) t(runcate; the offset is the new size) s(ync) u(nlink) r(ename; the data is the new
 * name) d(irectory synced).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct head {
    uint8_t kind, name_length;
    uint16_t nothing;
    uint32_t length;
    uint64_t offset;
};

/* One at a time, with what it records: the journal's order is then the order of the deeds. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The journal beside `path`, and its last part in `name`; -1 where the folder is not watched. */
static int journal_beside(const char *path, char *name) {
    char beside[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (path[0] != '/' || slash == NULL || slash - path > PATH_MAX - 16 || strlen(slash + 1) > 200) return -1;
    snprintf(beside, sizeof beside, "%.*s/.unsynced", (int)(slash - path), path);
    strcpy(name, slash + 1);
    return (int)syscall(SYS_openat, AT_FDCWD, beside, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
}

static int path_of(int fd, char *path) {
    char link[64];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, PATH_MAX - 1);
    if (length < 0 || path[0] != '/') return 0;
    path[length] = 0;
    return 1;
}

static void record(int journal, char kind, const char *name, uint64_t offset, const void *data, uint32_t length) {
    struct head head = {(uint8_t)kind, (uint8_t)strlen(name), 0, length, offset};
    struct iovec parts[3] = {
        {&head, sizeof head}, {(void *)name, head.name_length}, {(void *)data, length}};
    (void)!syscall(SYS_writev, journal, parts, 3);
}

/* An offset that stands for the place at which the file is. */
#define ITS_OWN UINT64_MAX

/* Records `kind` of the file behind `fd` and holds the turn; to be ended by `done`. -1: not watched. */
static int begin(int fd, char kind, uint64_t offset, const void *data, size_t length) {
    char path[PATH_MAX], name[256];
    int before = errno, journal = path_of(fd, path) ? journal_beside(path, name) : -1;
    errno = before;
    if (journal < 0) return -1;
    pthread_mutex_lock(&turn);
    if (offset == ITS_OWN) offset = (uint64_t)lseek64(fd, 0, SEEK_CUR);
    record(journal, kind, name, offset, data, (uint32_t)length);
    return journal;
}

static void done(int journal) {
    int before = errno;
    if (journal < 0) return;
    syscall(SYS_close, journal);
    pthread_mutex_unlock(&turn);
    errno = before;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    int journal = begin(fd, 'w', (uint64_t)offset, data, length);
    ssize_t written = syscall(SYS_pwrite64, fd, data, length, offset);
    done(journal);
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    return pwrite64(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length) {
    int journal = begin(fd, 'w', ITS_OWN, data, length);
    ssize_t written = syscall(SYS_write, fd, data, length);
    done(journal);
    return written;
}

int ftruncate64(int fd, off64_t length) {
    int journal = begin(fd, 't', (uint64_t)length, NULL, 0);
    int answer = (int)syscall(SYS_ftruncate, fd, length);
    done(journal);
    return answer;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* The power goes while a sync is waited for: the moment at which most can be lost. */
static void cut_here(const char *path) {
    static int syncs = 0;
    char beside[PATH_MAX], text[16] = {0};
    int file, number = 0;
    snprintf(beside, sizeof beside, "%.*s/.cut", (int)(strrchr(path, '/') - path), path);
    file = (int)syscall(SYS_openat, AT_FDCWD, beside, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return;
    if (read(file, text, sizeof text - 1) > 0) number = atoi(text);
    syscall(SYS_close, file);
    if (__sync_add_and_fetch(&syncs, 1) >= number) kill(getpid(), SIGKILL);
}

static int sync_of(int fd, long call) {
    struct stat what;
    char path[PATH_MAX], name[256];
    int journal;
    if (fstat(fd, &what) == 0 && S_ISDIR(what.st_mode) && path_of(fd, path) && strlen(path) < PATH_MAX - 3) {
        journal = journal_beside(strcat(path, "/."), name);
        if (journal < 0) return (int)syscall(call, fd);
        pthread_mutex_lock(&turn);
        record(journal, 'd', "", 0, NULL, 0);
    } else {
        journal = path_of(fd, path) ? journal_beside(path, name) : -1;
        if (journal >= 0) {
            syscall(SYS_close, journal);
            cut_here(path);
        }
        journal = begin(fd, 's', 0, NULL, 0);
        if (journal < 0) return (int)syscall(call, fd);
    }
    done(journal);
    return 0;
}

int fsync(int fd) { return sync_of(fd, SYS_fsync); }

int fdatasync(int fd) { return sync_of(fd, SYS_fdatasync); }

int unlink(const char *path) {
    char name[256];
    int before = errno, journal = journal_beside(path, name), answer;
    errno = before;
    if (journal >= 0) {
        pthread_mutex_lock(&turn);
        record(journal, 'u', name, 0, NULL, 0);
    }
    answer = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    done(journal);
    return answer;
}

int rename(const char *from, const char *to) {
    char name[256], other[256];
    int before = errno, journal = journal_beside(from, name), beside, answer;
    if (journal >= 0 && (beside = journal_beside(to, other)) >= 0) {
        syscall(SYS_close, beside);
        pthread_mutex_lock(&turn);
        record(journal, 'r', name, 0, other, (uint32_t)strlen(other));
    } else if (journal >= 0) {
        syscall(SYS_close, journal);
        journal = -1;
    }
    errno = before;
    answer = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    done(journal);
    return answer;
}
