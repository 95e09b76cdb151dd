
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The files of a world (t/bench/world) in memory: what the API knows of each
 * package, and two repositories with their listings and logs.
 */


#ifndef _WORLD_DATA_H_INCLUDED_
#define _WORLD_DATA_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>


#define WORLD_NAME      512           /* bytes of a path, or "type/slug" */


/* a file, all of it in memory; it may grow */

typedef struct {
    int       fd;
    char     *data;
    size_t    len;
} world_file_t;


typedef struct {
    const char    *title;
    char           head[WORLD_NAME];      /* the file with the revision */
    world_file_t   history;
    int64_t        first;                 /* revision of the history */
    size_t         n;                     /* its revisions */
    size_t        *items;                 /* where they begin; n + 1 */
    char          *listing;               /* the list of its directories */
    size_t         listing_len;
} world_repository_t;


/* says what has failed, with errno, and ends the program */
void world_die(const char *what);

/* all files of the folder; to be called first, once */
void world_load(const char *dir);

/* type: "plugin" or "theme" */
const world_repository_t *world_repository(const char *type);

/*
 * What has been added to the answers counts from here on; and the time of the
 * API's cache: above 0, what is first told of a package then is told of it
 * for up to a day more.
 */
void world_refresh(void);

/* an answer of the API in three parts, the second of which may be left out */

typedef struct {
    struct iovec   parts[3];              /* the second: versions */
} world_text_t;


/* what the API says of a package; it stays where it is */
void world_package(const char *type, const char *slug, world_text_t *text);

/*
 * The themes that are offered, always in the same order: up to max of them
 * after the first so many.  Returns how many; *all: that there are.
 */
size_t world_themes_page(size_t skip, size_t max, world_text_t *texts,
    size_t *all);

/* its youngest revision; 0 if the file cannot be read: no answer is right */
int64_t world_youngest(const world_repository_t *w);

/*
 * The items of revisions that are older than the history, which is told again
 * and again, with their numbers; up to where it begins.  To be freed.
 */
char *world_items(const world_repository_t *w, int64_t first, int64_t last,
    size_t *len);


#endif /* _WORLD_DATA_H_INCLUDED_ */
