
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which files a catalogue is made of: its own, -wal and -shm.  Others never
 * share the numbers of these while they are open; the birth tells a file from
 * one that had its number before.
 */


#ifndef _WPPKG_FILES_H_INCLUDED_
#define _WPPKG_FILES_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_FILES  3


typedef struct {
    uint64_t         device;
    uint64_t         inode;
    int64_t          birth;           /* nanoseconds; 0: nobody knows */
} wppkg_file_t;


/*
 * What is appended to the catalogue's path: "" for the first.  SQLite needs a
 * path with a slash in front: see wppkg_files_path().
 */
extern const char *const  wppkg_files_suffixes[WPPKG_FILES];

/*
 * The path as SQLite gets it: no ":memory:" and no "file:" has a slash in
 * front.  Allocated, NULL: out of memory.
 */
char *wppkg_files_path(const char *path, const char *suffix);

/*
 * Looks at one of them.  WPPKG_DECLINED: not a regular file; WPPKG_ERROR:
 * errno says why not.
 */
int wppkg_files_look(const char *path, const char *suffix,
    wppkg_file_t *file);


#endif /* _WPPKG_FILES_H_INCLUDED_ */
