
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_file.h"
#include "syncd_lock.h"
#include "wppkg_path.h"


/* "status" holds it for a moment only: tries, and ms between two */
#define SYNCD_LOCK_TRIES  5
#define SYNCD_LOCK_PAUSE  20


static int syncd_lock_path(const char *catalogue, char path[PATH_MAX],
    wppkg_error_t *err);
static int syncd_lock_owned(const char *path, wppkg_error_t *err);
static int syncd_lock_open(syncd_lock_t *lock, wppkg_error_t *err);
static void syncd_lock_denied(const char *path, wppkg_error_t *err);
static int syncd_lock_flock(syncd_lock_t *lock, wppkg_error_t *err);
static int syncd_lock_sign(syncd_lock_t *lock, const char *name,
    wppkg_error_t *err);
static void syncd_lock_read(int fd, syncd_lock_holder_t *holder);
static void syncd_lock_busy(const char *path, int fd, wppkg_error_t *err);


int
syncd_lock_take(const char *catalogue, const char *name, syncd_lock_t *lock,
    wppkg_error_t *err)
{
    int  rc;

    memset(lock->files, 0, sizeof(lock->files));

    if (wppkg_path_resolve(catalogue, lock->catalogue, err) != WPPKG_OK
        || syncd_lock_path(catalogue, lock->path, err) != WPPKG_OK
        || syncd_lock_owned(lock->path, err) != WPPKG_OK
        || syncd_lock_open(lock, err) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    rc = syncd_lock_flock(lock, err);

    /* between open and flock the last holder may have removed the file */

    if (rc == WPPKG_OK) {
        rc = syncd_lock_check(lock, err);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_lock_sign(lock, name, err);
    }

    if (rc != WPPKG_OK) {
        (void) close(lock->fd);
    }

    return rc;
}


void
syncd_lock_release(syncd_lock_t *lock)
{
    int  rc;

    /* a number left behind would be that of a process that has ended */

    rc = ftruncate(lock->fd, 0);
    (void) rc;
    (void) close(lock->fd);
}


static int
syncd_lock_path(const char *catalogue, char path[PATH_MAX],
    wppkg_error_t *err)
{
    size_t  len;

    if (wppkg_path_resolve(catalogue, path, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    len = strlen(path);

    if (len + sizeof(".lock") > PATH_MAX) {
        wppkg_error_set(err, "the path of the catalogue is too long");
        return WPPKG_ERROR;
    }

    memcpy(path + len, ".lock", sizeof(".lock"));

    return WPPKG_OK;
}


/* root may write everywhere, but the service cannot write root's files */

static int
syncd_lock_owned(const char *path, wppkg_error_t *err)
{
    char            directory[PATH_MAX], user[64];
    struct stat     st;
    struct passwd  *pw;

    wppkg_path_directory(path, directory);

    if (geteuid() != 0 || stat(directory, &st) != 0 || st.st_uid == 0) {
        return WPPKG_OK;
    }

    pw = getpwuid(st.st_uid);

    if (pw != NULL) {
        (void) snprintf(user, sizeof(user), "%s", pw->pw_name);

    } else {
        (void) snprintf(user, sizeof(user), "'#%u'", (unsigned) st.st_uid);
    }

    wppkg_error_set(err, "%s belongs to another user, who could not write the "
                    "files that root makes there; run this as that user: "
                    "\"sudo -u %s wppkg-syncd ...\"", directory, user);

    return WPPKG_ERROR;
}


int
syncd_lock_ours(const char *catalogue, uid_t *owner, wppkg_error_t *err)
{
    char         path[PATH_MAX], directory[PATH_MAX];
    struct stat  st;

    if (wppkg_path_resolve(catalogue, path, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    wppkg_path_directory(path, directory);

    if (stat(directory, &st) != 0) {
        wppkg_error_set(err, "%s cannot be looked at: %s", directory,
                        strerror(errno));
        return WPPKG_ERROR;
    }

    *owner = st.st_uid;

    return (st.st_uid == geteuid()) ? WPPKG_OK : WPPKG_DECLINED;
}


static int
syncd_lock_open(syncd_lock_t *lock, wppkg_error_t *err)
{
    int          number;
    struct stat  st;

    lock->fd = open(lock->path, O_RDWR|O_CREAT|O_CLOEXEC|O_NOFOLLOW, 0644);

    if (lock->fd == -1) {
        number = errno;

        if (number == ENOENT) {
            wppkg_error_set(err, "lock file %s cannot be made: the directory "
                            "does not exist; create it first", lock->path);

        } else if (number == EACCES || number == EPERM) {
            syncd_lock_denied(lock->path, err);

        } else {
            wppkg_error_set(err, "lock file %s cannot be opened: %s",
                            lock->path, strerror(number));
        }

        return WPPKG_ERROR;
    }

    if (fstat(lock->fd, &st) != 0) {
        wppkg_error_set(err, "lock file %s cannot be looked at: %s",
                        lock->path, strerror(errno));
        (void) close(lock->fd);
        return WPPKG_ERROR;
    }

    lock->dev = st.st_dev;
    lock->ino = st.st_ino;

    return WPPKG_OK;
}


/* names the owner and the user that runs this, and what to do about it */

static void
syncd_lock_denied(const char *path, wppkg_error_t *err)
{
    char         directory[PATH_MAX], us[SYNCD_FILE_OWNER];
    char         owner[SYNCD_FILE_OWNER];
    struct stat  st, dir;

    wppkg_path_directory(path, directory);
    syncd_file_owner(geteuid(), us);

    if (stat(directory, &dir) != 0) {
        wppkg_error_set(err, "lock file %s cannot be opened by %s: %s", path,
                        us, strerror(EACCES));
        return;
    }

    if (dir.st_uid == geteuid() && stat(path, &st) == 0) {
        syncd_file_owner(st.st_uid, owner);
        wppkg_error_set(err, "lock file %s cannot be opened by %s: it belongs "
                        "to %s, who has run this before: give the whole "
                        "directory back, \"chown -R %u: %s\"", path, us,
                        owner, (unsigned) dir.st_uid, directory);
        return;
    }

    syncd_file_owner(dir.st_uid, owner);
    wppkg_error_set(err, "lock file %s cannot be opened by %s: %s; run this "
                    "as the user that owns the directory, %s", path, us,
                    strerror(EACCES), owner);
}


static int
syncd_lock_flock(syncd_lock_t *lock, wppkg_error_t *err)
{
    int  i;

    for (i = 0; i < SYNCD_LOCK_TRIES; i++) {

        if (flock(lock->fd, LOCK_EX|LOCK_NB) == 0) {
            return WPPKG_OK;
        }

        if (errno != EWOULDBLOCK) {
            wppkg_error_set(err, "lock file %s cannot be locked: %s",
                            lock->path, strerror(errno));
            return WPPKG_ERROR;
        }

        (void) poll(NULL, 0, SYNCD_LOCK_PAUSE);
    }

    syncd_lock_busy(lock->path, lock->fd, err);

    return WPPKG_BUSY;
}


static int
syncd_lock_sign(syncd_lock_t *lock, const char *name, wppkg_error_t *err)
{
    int   n;
    char  text[64];

    n = snprintf(text, sizeof(text), "%ld %.32s\n", (long) getpid(), name);

    /* a write that is cut short has no errno */

    errno = ENOSPC;

    if (ftruncate(lock->fd, 0) == -1
        || pwrite(lock->fd, text, (size_t) n, 0) != n)
    {
        wppkg_error_set(err, "lock file %s cannot be written: %s", lock->path,
                        strerror(errno));
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
syncd_lock_check(const syncd_lock_t *lock, wppkg_error_t *err)
{
    struct stat  st;

    if (lstat(lock->path, &st) == 0 && st.st_dev == lock->dev
        && st.st_ino == lock->ino)
    {
        return WPPKG_OK;
    }

    wppkg_error_set(err, "lock file %s was removed or replaced, so another "
                    "process may be writing the catalogue: nothing more is "
                    "written; start again, and leave that file alone",
                    lock->path);

    return WPPKG_ERROR;
}


void
syncd_lock_watch(syncd_lock_t *lock)
{
    unsigned  i;

    memset(lock->files, 0, sizeof(lock->files));

    for (i = 0; i < WPPKG_FILES; i++) {
        (void) wppkg_files_look(lock->catalogue, wppkg_files_suffixes[i],
                                &lock->files[i]);
    }
}


/* the files are open, so no other file can have got their inodes */

int
syncd_lock_guard(void *data, wppkg_error_t *err)
{
    unsigned             i;
    wppkg_file_t         now;
    const syncd_lock_t  *lock;

    lock = data;

    for (i = 0; i < WPPKG_FILES; i++) {

        if (lock->files[i].inode == 0
            || (wppkg_files_look(lock->catalogue, wppkg_files_suffixes[i],
                                 &now) == WPPKG_OK
                && now.inode == lock->files[i].inode
                && now.device == lock->files[i].device))
        {
            continue;
        }

        wppkg_error_set(err, "%s%s was removed or replaced while the "
                        "catalogue was open: nothing more is written, because "
                        "nobody would see it; start again, and next time stop "
                        "the service first",
                        lock->catalogue, wppkg_files_suffixes[i]);
        return WPPKG_ERROR;
    }

    return syncd_lock_check(lock, err);
}


/*
 * A process that was killed leaves its number behind, so the lock itself is
 * tried: shared, for a moment, and only if there is a number.
 */

int
syncd_lock_look(const char *catalogue, syncd_lock_holder_t *holder,
    wppkg_error_t *err)
{
    int   fd;
    char  path[PATH_MAX];

    memset(holder, 0, sizeof(syncd_lock_holder_t));

    if (syncd_lock_path(catalogue, path, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    fd = open(path, O_RDONLY|O_CLOEXEC|O_NOFOLLOW);

    if (fd == -1 && errno == ENOENT) {
        return WPPKG_OK;
    }

    if (fd == -1) {
        wppkg_error_set(err, "lock file %s cannot be read: %s", path,
                        strerror(errno));
        return WPPKG_ERROR;
    }

    syncd_lock_read(fd, holder);

    if (holder->pid != 0) {
        holder->held = (flock(fd, LOCK_SH|LOCK_NB) == -1
                        && errno == EWOULDBLOCK);
    }

    (void) close(fd);

    return WPPKG_OK;
}


static void
syncd_lock_read(int fd, syncd_lock_holder_t *holder)
{
    char     text[64], *end;
    ssize_t  n;

    n = pread(fd, text, sizeof(text) - 1, 0);
    text[(n > 0) ? n : 0] = '\0';

    if (*text < '0' || *text > '9') {
        return;
    }

    holder->pid = strtol(text, &end, 10);
    holder->service = (strcmp(end, " " SYNCD_LOCK_SERVICE "\n") == 0);
}


static void
syncd_lock_busy(const char *path, int fd, wppkg_error_t *err)
{
    syncd_lock_holder_t  holder;

    memset(&holder, 0, sizeof(holder));
    syncd_lock_read(fd, &holder);

    if (holder.pid == 0) {
        wppkg_error_set(err, "another run holds the lock %s; try again when "
                        "it has ended", path);
        return;
    }

    if (holder.service) {
        wppkg_error_set(err, "process %ld holds the lock %s: it is the "
                        "service; stop it first, \"systemctl stop "
                        "wppkg-syncd\"", holder.pid, path);
        return;
    }

    wppkg_error_set(err, "process %ld holds the lock %s; try again when it "
                    "has ended", holder.pid, path);
}
