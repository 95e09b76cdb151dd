
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's table "owed": files of the origin that are to be asked for,
 * and packages that it has deleted and we have not.  What the origin's feed
 * tells is written down here first, so its timestamp may be kept: a file stays
 * owed until it is here, however often that fails, and keeps no other back.
 *
 * A row is a file, by its path.  A package that the origin has deleted has one
 * row, that of its main file, with "gone".
 */


#ifndef _WPPKG_OWED_H_INCLUDED_
#define _WPPKG_OWED_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_taken.h"
#include "wppkg_name.h"


/* rule R 14: more deletions at once than this, or all, are doubted */
#define WPPKG_OWED_GONE_MIN    500
#define WPPKG_OWED_GONE_SHARE  20         /* one name in so many */
#define WPPKG_OWED_DOUBT       86400      /* seconds that they wait */

#define WPPKG_OWED_ROWS  (WPPKG_BATCH_ROWS / 5)   /* files a transaction */


/* a package, by a name from outside that was judged */

typedef struct {
    const char    *wordpress;     /* the slug of WordPress itself, or NULL: */
    wppkg_type_e   type;
    unsigned       alias:1;       /* as wpackagist.org has it */
    char           slug[WPPKG_SLUG_MAX + 1];
} wppkg_owed_name_t;


typedef struct {
    int64_t        id;
    int64_t        time;          /* the file is to be no older; 0: or is */
    int64_t        origin_at;     /* the date of ours; 0: we have none */
    int64_t        failures;
    int64_t        owed_at;       /* since then; unix seconds */
    unsigned       gone:1;        /* the package was deleted, and doubted */
    char           path[WPPKG_PATH_MAX];
} wppkg_owed_t;


/* the file as the origin has it; the buffers are the caller's */

typedef struct {
    wppkg_buf_t    body;
    wppkg_buf_t    gz;            /* what it was unpacked from, if that is as
                                     good as ours; or empty */
    wppkg_taken_t  copy;          /* what the body says */
    int64_t        date;          /* unix seconds */
} wppkg_owed_file_t;


/* of the table, for people */

typedef struct {
    uint64_t       files;         /* that are owed */
    uint64_t       failed;        /* of these, were asked for in vain */
    uint64_t       doubted;       /* deletions that are not believed yet */
    int64_t        since;         /* of what failed first; unix seconds; 0 */
} wppkg_owed_counts_t;


/*
 * Reads "wp-plugin/akismet" or, if *dev may be set, "wp-plugin/akismet~dev".
 * WPPKG_DECLINED: no name that a package of ours can have.
 */
int wppkg_owed_name(const char *s, size_t len, wppkg_owed_name_t *name,
    int *dev);

/*
 * These are called in the caller's transaction, and may be repeated.  time:
 * unix seconds, that of the action.
 */

/* the file has changed, or may have */
int wppkg_owed_update(wppkg_catalogue_t *cat, const wppkg_owed_name_t *name,
    int dev, int64_t time, int64_t now);

/* both files are gone; not believed yet: wppkg_owed_believe() */
int wppkg_owed_delete(wppkg_catalogue_t *cat, const wppkg_owed_name_t *name,
    int64_t now);

/* forgets up to WPPKG_BATCH_ROWS rows.  WPPKG_DECLINED: none is left */
int wppkg_owed_forget(wppkg_catalogue_t *cat);

/*
 * A package that has a file after path, in their order, and is owed nothing:
 * after all names of the origin's lists have been, it has no such package.
 */
int wppkg_owed_unlisted(wppkg_catalogue_t *cat, char path[WPPKG_PATH_MAX],
    wppkg_owed_name_t *name);


/*
 * Judges the deletions that are new: *held is set to how many are doubted from
 * now on, unless force is set.  A transaction of its own.
 */
int wppkg_owed_judge(wppkg_catalogue_t *cat, int force, int64_t now,
    uint64_t *held);

/*
 * In a transaction of its own: deletes the documents of some packages whose
 * deletion is believed.  *n: how many; WPPKG_DECLINED: none is left.
 */
int wppkg_owed_bury(wppkg_catalogue_t *cat, wppkg_tick_t now, unsigned *n);


/*
 * The first that are due, with an id above after: up to max of them.  *n: how
 * many; WPPKG_DECLINED: none.  One that cannot be read is told when it is the
 * first: WPPKG_ERROR, and owed->id is its id.
 */
int wppkg_owed_next(wppkg_catalogue_t *cat, int64_t after, int64_t now,
    wppkg_owed_t *owed, unsigned max, unsigned *n);

/* how many are due */
int wppkg_owed_due(wppkg_catalogue_t *cat, int64_t now, uint64_t *due);

int wppkg_owed_count(wppkg_catalogue_t *cat, wppkg_owed_counts_t *counts);

/*
 * What became of one that was asked for, in the caller's transaction.  taken:
 * file is the document from now on, and *overviews tells whether what is about
 * many packages may have changed there; kept: the origin has the one that we
 * have; lost: the package is gone there, which was doubted up to now; failed:
 * error says why, and it is asked for again at next_at.
 */
int wppkg_owed_taken(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    const wppkg_owed_file_t *file, wppkg_tick_t now, unsigned *changed,
    int *overviews);
int wppkg_owed_kept(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    wppkg_tick_t now);
int wppkg_owed_lost(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    wppkg_tick_t now);
int wppkg_owed_failed(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    const char *error, int64_t next_at);


#endif /* _WPPKG_OWED_H_INCLUDED_ */
