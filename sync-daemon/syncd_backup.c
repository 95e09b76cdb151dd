
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_backup.h"
#include "syncd_file.h"
#include "syncd_run.h"
#include "wppkg_files.h"
#include "wppkg_path.h"
#include "wppkg_restore.h"


/* what a backup is called until it is complete */
#define SYNCD_BACKUP_UNFINISHED  ".unfinished"


typedef struct {
    const char     *file;
    char            name[PATH_MAX];   /* until it is complete */
    int             fd;               /* holds a lock on it */
    int64_t         started;          /* ms */
    wppkg_error_t   err;
} syncd_backup_t;


static int syncd_backup_source(const syncd_conf_t *conf, wppkg_error_t *err);
static int syncd_backup_look(const syncd_conf_t *conf, const char *file,
    wppkg_error_t *err);
static int syncd_backup_apart(const char *catalogue, const char *file,
    wppkg_error_t *err);
static int syncd_backup_same_place(const char *one, const char *other);
static int syncd_backup_replaceable(const char *file, wppkg_error_t *err);
static int syncd_backup_is_same(const char *path, const char *other);
static int syncd_backup_begin(syncd_backup_t *b, const char *catalogue);
static void syncd_backup_unmade(syncd_backup_t *b, int number);
static int syncd_backup_is(int fd, const char *name);
static void syncd_backup_clean(const syncd_backup_t *b);
static int syncd_backup_write(syncd_backup_t *b, const char *catalogue);
static int syncd_backup_name(syncd_backup_t *b);
static int syncd_backup_sync(syncd_backup_t *b, int fd);
static int syncd_backup_tick(const void *data, uint64_t done, uint64_t total);
static int syncd_restore_locked(const syncd_conf_t *conf, const char *file,
    syncd_lock_t *lock);
static void syncd_restore_say(const char *file,
    const wppkg_restored_t *restored);


int
syncd_backup(const syncd_conf_t *conf, const char *file)
{
    int             rc;
    syncd_backup_t  b;

    memset(&b, 0, sizeof(syncd_backup_t));
    b.file = file;
    b.started = wppkg_monotonic_ms();

    if (syncd_backup_source(conf, &b.err) != WPPKG_OK
        || syncd_backup_look(conf, file, &b.err) != WPPKG_OK
        || syncd_backup_begin(&b, conf->catalogue) != WPPKG_OK)
    {
        syncd_error("%s", b.err.text);
        return SYNCD_USAGE;
    }

    rc = syncd_backup_write(&b, conf->catalogue);

    (void) close(b.fd);

    return rc;
}


/* before anything is made, whether there is anything to copy */

static int
syncd_backup_source(const syncd_conf_t *conf, wppkg_error_t *err)
{
    int                 rc;
    wppkg_catalogue_t  *cat;

    rc = wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_COPIED, &cat,
                              err);

    if (rc == WPPKG_OK) {
        wppkg_catalogue_close(cat);
    }

    return rc;
}


/* a mistyped name must not cost another file */

static int
syncd_backup_look(const syncd_conf_t *conf, const char *file,
    wppkg_error_t *err)
{
    struct stat  st;

    if (syncd_backup_apart(conf->catalogue, file, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (lstat(file, &st) != 0) {

        if (errno == ENOENT) {
            return WPPKG_OK;
        }

        wppkg_error_set(err, "backup \"%s\": %s", file, strerror(errno));
        return WPPKG_ERROR;
    }

    if (!S_ISREG(st.st_mode)) {
        wppkg_error_set(err, "backup \"%s\" is %s: name a file", file,
                        S_ISDIR(st.st_mode) ? "a directory"
                                            : "not a regular file");
        return WPPKG_ERROR;
    }

    return syncd_backup_replaceable(file, err);
}


/*
 * SQLite goes by names: what is called as the catalogue's journal ends all use
 * of the catalogue, and a log beside the backup would be taken for part of it.
 */

static int
syncd_backup_apart(const char *catalogue, const char *file,
    wppkg_error_t *err)
{
    size_t        i;
    char          path[PATH_MAX], beside[PATH_MAX + 16];
    wppkg_file_t  log;

    static const char *const  suffixes[] = { "-journal", "-wal", "-shm",
                                             ".lock" };

    if (syncd_backup_is_same(file, catalogue)) {
        wppkg_error_set(err, "backup \"%s\" is the catalogue itself: name "
                        "another file", file);
        return WPPKG_ERROR;
    }

    if (wppkg_path_resolve(catalogue, path, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        (void) snprintf(beside, sizeof(beside), "%s%s", path, suffixes[i]);

        if (syncd_backup_same_place(file, beside)) {
            wppkg_error_set(err, "backup \"%s\" is the name of a file that "
                            "belongs to the catalogue: name another file",
                            file);
            return WPPKG_ERROR;
        }
    }

    /* of the two, whatever uses the file has one */

    for (i = 0; i < 2; i++) {

        if (wppkg_files_look(file, suffixes[i], &log) != WPPKG_ERROR) {
            wppkg_error_set(err, "backup \"%s\" has a \"%s\" beside it, so "
                            "it may be in use: name another file", file,
                            suffixes[i]);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


/* neither file need be there */

static int
syncd_backup_same_place(const char *one, const char *other)
{
    char         one_directory[PATH_MAX], other_directory[PATH_MAX];
    const char  *one_name, *other_name;

    one_name = strrchr(one, '/');
    one_name = (one_name != NULL) ? one_name + 1 : one;

    other_name = strrchr(other, '/');
    other_name = (other_name != NULL) ? other_name + 1 : other;

    wppkg_path_directory(one, one_directory);
    wppkg_path_directory(other, other_directory);

    return strcmp(one_name, other_name) == 0
           && syncd_backup_is_same(one_directory, other_directory);
}


static int
syncd_backup_replaceable(const char *file, wppkg_error_t *err)
{
    wppkg_error_t       why;
    wppkg_catalogue_t  *cat;

    if (wppkg_catalogue_open(file, WPPKG_CATALOGUE_BACKUP, &cat, &why)
        != WPPKG_OK)
    {
        wppkg_error_set(err, "backup \"%s\" is there already, and is no "
                        "backup: name another file, or remove it", file);
        return WPPKG_ERROR;
    }

    wppkg_catalogue_close(cat);

    return WPPKG_OK;
}


static int
syncd_backup_is_same(const char *path, const char *other)
{
    struct stat  one, two;

    return stat(path, &one) == 0 && stat(other, &two) == 0
           && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}


/* what a killed backup has left is used again */

static int
syncd_backup_begin(syncd_backup_t *b, const char *catalogue)
{
    int  n;

    n = snprintf(b->name, sizeof(b->name), "%s" SYNCD_BACKUP_UNFINISHED,
                 b->file);

    if (n < 0 || (size_t) n >= sizeof(b->name)) {
        wppkg_error_set(&b->err, "backup: the name of the file is too long");
        return WPPKG_ERROR;
    }

    if (syncd_backup_is_same(b->name, catalogue)) {
        wppkg_error_set(&b->err, "backup \"%s\": the catalogue is called "
                        "\"%s\", too: name another file", b->file, b->name);
        return WPPKG_ERROR;
    }

    b->fd = open(b->name, O_RDWR|O_CREAT|O_CLOEXEC|O_NOFOLLOW, 0644);

    if (b->fd == -1) {
        syncd_backup_unmade(b, errno);
        return WPPKG_ERROR;
    }

    /* by now it may have become the backup of whoever had locked it */

    if (flock(b->fd, LOCK_EX|LOCK_NB) != 0
        || !syncd_backup_is(b->fd, b->name))
    {
        wppkg_error_set(&b->err, "backup \"%s\" is being written by another "
                        "process", b->file);
        (void) close(b->fd);
        return WPPKG_ERROR;
    }

    if (ftruncate(b->fd, 0) != 0) {
        wppkg_error_set(&b->err, "backup \"%s\" cannot be written: %s",
                        b->file, strerror(errno));
        (void) close(b->fd);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_backup_unmade(syncd_backup_t *b, int number)
{
    char  directory[PATH_MAX], us[SYNCD_FILE_OWNER];

    wppkg_path_directory(b->file, directory);

    if (number == ENOENT) {
        wppkg_error_set(&b->err, "backup \"%s\" cannot be made: the directory "
                        "%s does not exist", b->file, directory);
        return;
    }

    if (number == EACCES) {
        syncd_file_owner(geteuid(), us);
        wppkg_error_set(&b->err, "backup \"%s\" cannot be made: %s may not "
                        "write to the directory %s", b->file, us, directory);
        return;
    }

    wppkg_error_set(&b->err, "backup \"%s\" cannot be made: %s", b->file,
                    strerror(number));
}


static int
syncd_backup_is(int fd, const char *name)
{
    struct stat  one, two;

    return fstat(fd, &one) == 0 && lstat(name, &two) == 0
           && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}


static void
syncd_backup_clean(const syncd_backup_t *b)
{
    char  path[PATH_MAX + 16];

    (void) unlink(b->name);

    (void) snprintf(path, sizeof(path), "%s-journal", b->name);
    (void) unlink(path);

    (void) snprintf(path, sizeof(path), "%s-wal", b->name);
    (void) unlink(path);
}


static int
syncd_backup_write(syncd_backup_t *b, const char *catalogue)
{
    int                 rc;
    struct stat         st;
    wppkg_copy_watch_t  watch = { syncd_backup_tick, "backup" };

    rc = wppkg_copy_to(catalogue, b->name, b->file, &watch, &b->err);

    syncd_progress_end();

    if (rc == WPPKG_OK) {
        rc = syncd_backup_name(b);
    }

    if (rc != WPPKG_OK) {
        syncd_backup_clean(b);
        syncd_error("%s", (rc == WPPKG_DECLINED) ? "backup: it was stopped"
                                                 : b->err.text);
        return SYNCD_PARTIAL;
    }

    if (fstat(b->fd, &st) == 0) {
        printf("backup: %.1f MB, %.1f s\n", (double) st.st_size / 1e6,
               (double) (wppkg_monotonic_ms() - b->started) / 1000);
    }

    return SYNCD_DONE;
}


static int
syncd_backup_name(syncd_backup_t *b)
{
    int   fd, rc;
    char  directory[PATH_MAX];

    if (syncd_backup_sync(b, b->fd) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (rename(b->name, b->file) != 0) {
        wppkg_error_set(&b->err, "backup \"%s\" cannot be put in its place: "
                        "%s", b->file, strerror(errno));
        return WPPKG_ERROR;
    }

    wppkg_path_directory(b->file, directory);

    fd = open(directory, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (fd == -1) {
        return WPPKG_OK;
    }

    rc = syncd_backup_sync(b, fd);
    (void) close(fd);

    return rc;
}


static int
syncd_backup_sync(syncd_backup_t *b, int fd)
{
    /* some file systems cannot do it with a directory */

    if (fsync(fd) == 0 || errno == EINVAL) {
        return WPPKG_OK;
    }

    wppkg_error_set(&b->err, "backup \"%s\" cannot be written: %s", b->file,
                    strerror(errno));

    return WPPKG_ERROR;
}


static int
syncd_backup_tick(const void *data, uint64_t done, uint64_t total)
{
    if (total != 0) {
        syncd_progress(data, done, total);
    }

    return syncd_stopping();
}


int
syncd_restore(const syncd_conf_t *conf, const char *file)
{
    int            rc;
    syncd_run_t    run;
    syncd_lock_t   lock;
    wppkg_error_t  err;

    memset(&run, 0, sizeof(syncd_run_t));
    run.command = "restore";
    run.mode = WPPKG_CATALOGUE_MIGRATE;

    rc = syncd_lock_take(conf->catalogue, run.command, &lock, &err);

    if (rc != WPPKG_OK) {
        syncd_error("%s", err.text);
        return (rc == WPPKG_BUSY) ? SYNCD_LOCKED : SYNCD_USAGE;
    }

    rc = syncd_restore_locked(conf, file, &lock);

    /* what this configuration and this program make of it */

    if (rc == SYNCD_DONE) {
        rc = syncd_run_cycle(conf, &run, &lock);
    }

    syncd_lock_release(&lock);

    return rc;
}


static int
syncd_restore_locked(const syncd_conf_t *conf, const char *file,
    syncd_lock_t *lock)
{
    int                 rc;
    wppkg_error_t       err;
    wppkg_restored_t    restored;
    wppkg_copy_watch_t  watch = { syncd_backup_tick, "restore" };

    if (syncd_backup_is_same(file, conf->catalogue)) {
        syncd_error("restore: \"%s\" is the catalogue itself: name a backup",
                    file);
        return SYNCD_USAGE;
    }

    memset(lock->files, 0, sizeof(lock->files));

    rc = wppkg_restore(conf->catalogue, file, &watch, syncd_lock_guard, lock,
                       &restored, &err);

    syncd_progress_end();

    if (rc == WPPKG_DECLINED) {
        syncd_error("restore: it was stopped, and nothing was changed");
        return SYNCD_PARTIAL;
    }

    if (rc != WPPKG_OK) {
        syncd_error("restore: nothing was changed: %s", err.text);
        return SYNCD_USAGE;
    }

    syncd_restore_say(file, &restored);

    return SYNCD_DONE;
}


static void
syncd_restore_say(const char *file, const wppkg_restored_t *restored)
{
    if (restored->unread) {
        syncd_warn("what was there could not be read, so all that is live in "
                   "a bucket counts as unknown: %s", restored->why.text);
    }

    syncd_info("\"%s\" is in place: %" PRIu64 " document%s, %" PRIu64 " of "
               "them not as before, and %" PRIu64 " gone", file,
               restored->documents, wppkg_plural(restored->documents),
               restored->changed, restored->gone);
}
