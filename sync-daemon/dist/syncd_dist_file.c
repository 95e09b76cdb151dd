
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "syncd_dist_file.h"


/* what stays free: a part of the disk, and no more than so many bytes */
#define SYNCD_DIST_FREE_PART   20
#define SYNCD_DIST_FREE_BYTES  (1024 * 1024 * 1024)


static int syncd_dist_file_sweep(const char *parts);
static int syncd_dist_file_hashes(syncd_dist_file_t *file);
static int syncd_dist_file_failed(syncd_dist_file_t *file, const char *path);
static int syncd_dist_file_folders(syncd_dist_file_t *file, const char *dir,
    char *path);
static int syncd_dist_file_folder(syncd_dist_file_t *file, char *path);
static int syncd_dist_file_sync(const char *dir);
static char *syncd_dist_file_join(const char *dir, const char *path);


int
syncd_dist_file_store(const char *dir, wppkg_error_t *err)
{
    int          rc;
    char        *path;
    struct stat  st;

    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        wppkg_error_set(err, "[dist] path %s is no folder: make it, and give "
                        "it to the user of wppkg-syncd", dir);
        return WPPKG_ERROR;
    }

    path = syncd_dist_file_join(dir, SYNCD_DIST_PARTS);

    if (path == NULL) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    rc = (mkdir(path, 0700) == 0 || errno == EEXIST)
         ? syncd_dist_file_sweep(path) : WPPKG_ERROR;

    if (rc != WPPKG_OK) {
        wppkg_error_set(err, "%s cannot be written: %s", path,
                        strerror(errno));
    }

    free(path);

    return rc;
}


/*
 * What a kill has left; the lock of the catalogue is that of the store, too.
 * Why it failed is in errno.
 */

static int
syncd_dist_file_sweep(const char *parts)
{
    int             failed;
    DIR            *dir;
    struct dirent  *entry;

    dir = opendir(parts);

    if (dir == NULL) {
        return WPPKG_ERROR;
    }

    do {
        errno = 0;
        entry = readdir(dir);

        if (entry != NULL && entry->d_name[0] != '.') {
            (void) unlinkat(dirfd(dir), entry->d_name, 0);
        }

    } while (entry != NULL && errno == 0);

    failed = errno;
    (void) closedir(dir);
    errno = failed;

    return (failed == 0) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_dist_file_room(const char *dir, const char *catalogue, int64_t *room,
    wppkg_error_t *err)
{
    int64_t         size, spare;
    struct stat     ours, theirs;
    struct statvfs  fs;

    if (stat(dir, &ours) != 0 || stat(catalogue, &theirs) != 0
        || statvfs(dir, &fs) != 0)
    {
        wppkg_error_set(err, "the disk of %s cannot be looked at: %s", dir,
                        strerror(errno));
        return WPPKG_ERROR;
    }

    *room = INT64_MAX;

    if (ours.st_dev == theirs.st_dev) {
        size = (int64_t) fs.f_frsize;
        spare = (int64_t) fs.f_blocks * size / SYNCD_DIST_FREE_PART;
        spare = (spare < SYNCD_DIST_FREE_BYTES) ? spare
                                                : SYNCD_DIST_FREE_BYTES;
        *room = (int64_t) fs.f_bavail * size - spare;
    }

    return WPPKG_OK;
}


int
syncd_dist_file_open(syncd_dist_file_t *file, const char *dir, int64_t id)
{
    char  name[64];

    memset(file, 0, sizeof(syncd_dist_file_t));
    file->fd = -1;

    (void) snprintf(name, sizeof(name), SYNCD_DIST_PARTS "/%" PRId64, id);

    file->path = syncd_dist_file_join(dir, name);

    if (file->path == NULL || syncd_dist_file_hashes(file) != WPPKG_OK) {
        wppkg_error_set(&file->err, "out of memory");
        return WPPKG_ERROR;
    }

    file->fd = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC
                                | O_NOFOLLOW, 0644);

    return (file->fd != -1) ? WPPKG_OK
                            : syncd_dist_file_failed(file, file->path);
}


static int
syncd_dist_file_hashes(syncd_dist_file_t *file)
{
    file->sha1 = EVP_MD_CTX_new();
    file->sha256 = EVP_MD_CTX_new();

    return (file->sha1 != NULL && file->sha256 != NULL
            && EVP_DigestInit_ex(file->sha1, EVP_sha1(), NULL) == 1
            && EVP_DigestInit_ex(file->sha256, EVP_sha256(), NULL) == 1)
           ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_dist_file_failed(syncd_dist_file_t *file, const char *path)
{
    wppkg_error_set(&file->err, "%s cannot be written: %s", path,
                    strerror(errno));

    return WPPKG_ERROR;
}


int
syncd_dist_file_write(syncd_dist_file_t *file, const char *data, size_t len)
{
    size_t   done;
    ssize_t  n;

    if (EVP_DigestUpdate(file->sha1, data, len) != 1
        || EVP_DigestUpdate(file->sha256, data, len) != 1)
    {
        wppkg_error_set(&file->err, "OpenSSL cannot make a checksum");
        return WPPKG_ERROR;
    }

    for (done = 0; done < len; done += (size_t) n) {
        n = write(file->fd, data + done, len - done);

        if (n < 0 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n < 0) {
            return syncd_dist_file_failed(file, file->path);
        }
    }

    file->size += (int64_t) len;

    return WPPKG_OK;
}


int
syncd_dist_file_end(syncd_dist_file_t *file, wppkg_dist_got_t *got)
{
    if (fsync(file->fd) != 0) {
        return syncd_dist_file_failed(file, file->path);
    }

    got->size = file->size;

    if (EVP_DigestFinal_ex(file->sha1, got->sha1, NULL) != 1
        || EVP_DigestFinal_ex(file->sha256, got->sha256, NULL) != 1)
    {
        wppkg_error_set(&file->err, "OpenSSL cannot make a checksum");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
syncd_dist_file_keep(syncd_dist_file_t *file, const char *dir,
    const char *path)
{
    int    rc;
    char  *whole, *slash;

    whole = syncd_dist_file_join(dir, path);

    if (whole == NULL) {
        wppkg_error_set(&file->err, "out of memory");
        return WPPKG_ERROR;
    }

    rc = syncd_dist_file_folders(file, dir, whole);

    if (rc == WPPKG_OK && rename(file->path, whole) != 0) {
        rc = syncd_dist_file_failed(file, whole);
    }

    if (rc == WPPKG_OK) {
        free(file->path);
        file->path = NULL;

        slash = strrchr(whole, '/');
        *slash = '\0';

        if (syncd_dist_file_sync(whole) != 0) {
            rc = syncd_dist_file_failed(file, whole);
        }
    }

    free(whole);

    return rc;
}


/* those between dir and the file */

static int
syncd_dist_file_folders(syncd_dist_file_t *file, const char *dir, char *path)
{
    int    rc;
    char  *slash;

    rc = WPPKG_OK;
    slash = strchr(path + strlen(dir) + 1, '/');

    while (rc == WPPKG_OK && slash != NULL) {
        *slash = '\0';
        rc = syncd_dist_file_folder(file, path);
        *slash = '/';

        slash = strchr(slash + 1, '/');
    }

    return rc;
}


/* one that is new must not be lost with the power */

static int
syncd_dist_file_folder(syncd_dist_file_t *file, char *path)
{
    int    rc;
    char  *slash;

    if (mkdir(path, 0755) != 0) {
        return (errno == EEXIST) ? WPPKG_OK
                                 : syncd_dist_file_failed(file, path);
    }

    slash = strrchr(path, '/');

    *slash = '\0';
    rc = syncd_dist_file_sync(path);

    if (rc != 0) {
        rc = syncd_dist_file_failed(file, path);
    }

    *slash = '/';

    return rc;
}


/* as fsync() */

static int
syncd_dist_file_sync(const char *dir)
{
    int  fd, rc;

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1) {
        return -1;
    }

    rc = fsync(fd);
    (void) close(fd);

    return rc;
}


void
syncd_dist_file_drop(syncd_dist_file_t *file)
{
    if (file->fd != -1) {
        (void) close(file->fd);
        file->fd = -1;
    }

    if (file->path != NULL) {
        (void) unlink(file->path);
        free(file->path);
        file->path = NULL;
    }

    EVP_MD_CTX_free(file->sha1);
    EVP_MD_CTX_free(file->sha256);
    file->sha1 = NULL;
    file->sha256 = NULL;
}


int
syncd_dist_file_delete(const char *dir, const char *path, wppkg_error_t *err)
{
    int    rc;
    char  *whole;

    whole = syncd_dist_file_join(dir, path);

    if (whole == NULL) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    rc = (unlink(whole) == 0 || errno == ENOENT) ? WPPKG_OK : WPPKG_ERROR;

    if (rc != WPPKG_OK) {
        wppkg_error_set(err, "%s cannot be deleted: %s", whole,
                        strerror(errno));
    }

    free(whole);

    return rc;
}


/* NULL: out of memory */

static char *
syncd_dist_file_join(const char *dir, const char *path)
{
    char  *whole;

    return (asprintf(&whole, "%s/%s", dir, path) < 0) ? NULL : whole;
}
