
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Announcing changes: the writer's side of the changes feed, whose reader is
 * wppkg_feed.  An announcement is a stamp and what mirrors are told with it,
 * kept in the document's row apart from what the document is by now:
 *
 *   published_at          the stamp; NULL: nothing is announced
 *   published_changed_at  "time" of the action, unix seconds
 *   published_gone        1: the file is gone
 *
 * It is made when the change is live where mirrors fetch it (contract C 36):
 * without a bucket in the transaction that makes the change, with one in that
 * which confirms the PUT or DELETE.  Until then the one before it stands, and
 * remains true: what is live is as new as that, or newer.
 */


#ifndef _WPPKG_PUBLISH_H_INCLUDED_
#define _WPPKG_PUBLISH_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * All of these are called in the caller's transaction.
 */

/*
 * A document is about to get its row.  *published: it is to be announced with
 * it, by the stamp that "feed_watermark" in meta is now.
 */
int wppkg_publish_new(wppkg_catalogue_t *cat, wppkg_tick_t now,
    int *published);

/* what a document should be has changed: announced if there is no bucket */
int wppkg_publish_changed(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now);

/*
 * The bucket has confirmed all that a document should be: announced now if
 * there is a bucket.  now may not be later than the file's date there.
 */
int wppkg_publish_live(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now);

/*
 * How long uploads have to wait, 0 or milliseconds, at the cost of what is
 * dirty.  A bucket dates files by the second, and two bodies of one file must
 * not share a date (contract C 21): what replaces another is not uploaded
 * before two seconds have passed since it changed, for until then the other
 * one may have been.
 */
int wppkg_publish_wait(wppkg_catalogue_t *cat, wppkg_tick_t now,
    int64_t *ms);

/*
 * Another bucket: what is live in it is not known, so nothing is announced
 * until it is.
 */
int wppkg_publish_withdraw(wppkg_catalogue_t *cat);


/*
 * There is no bucket any more: announces what waited for it.  A transaction
 * of its own; costs nothing where there was none.  *left: there was one.
 *
 * The bucket, and what is live in it, is remembered, for it may have been
 * left out of the configuration by mistake: wppkg_publish_returned().
 */
int wppkg_publish_at_once(wppkg_catalogue_t *cat, wppkg_tick_t now,
    int *left);

/*
 * In the caller's transaction: whether target is the bucket that was left.  If
 * so, it is the one that is remembered again.  What was announced since is not
 * known to be live there, nor by which date: it is announced when it is.
 */
int wppkg_publish_returned(wppkg_catalogue_t *cat, const char *target,
    int *returned);

/* whether there is a bucket, or one that was left is remembered */
int wppkg_publish_knows(wppkg_catalogue_t *cat, int *knows);

/*
 * In the caller's transaction: which bucket that is becomes what another
 * catalogue says, which knows one.
 */
int wppkg_publish_inherit(wppkg_catalogue_t *cat, wppkg_catalogue_t *other);

/*
 * In the caller's transaction: if there is a bucket, what is not live in it
 * counts as not announced.
 */
int wppkg_publish_recant(wppkg_catalogue_t *cat);


#endif /* _WPPKG_PUBLISH_H_INCLUDED_ */
