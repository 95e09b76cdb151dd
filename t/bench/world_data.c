
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world_data.h"


#define WORLD_SLOTS     (1 << 19)     /* of the index: twice what is real */
#define WORLD_MAP       ((size_t) 16 << 30)   /* address space of a file */
#define WORLD_ITEM      "<S:log-item>\n<D:version-name>"
#define WORLD_DAY       86400         /* seconds that the cache may lag */


/* a line of the answers: where it is, + 1, and the bytes after its tab */

typedef struct {
    size_t    at;                         /* 0: none */
    size_t    text;
} world_line_t;


/* a package: what is true of it, and what the cache says until when */

typedef struct {
    world_line_t   line;                  /* at 0: a free slot */
    world_line_t   cached;
    int64_t        until;
    size_t         key;                   /* bytes of "type/slug" */
} world_slot_t;


static void world_file(world_file_t *f, const char *dir, const char *name);
static int world_grown(world_file_t *f);
static void world_read_repository(world_repository_t *r, const char *dir,
    const char *type);
static void world_history(world_repository_t *r);
static void world_listing(world_repository_t *r, const char *dir,
    const char *type);
static void world_index(void);
static world_slot_t *world_find(const char *key, size_t len);
static void world_add(world_slot_t *slot, const char *key);
static const world_line_t *world_told(world_slot_t *slot);
static const world_line_t *world_cached(world_slot_t *slot);
static void world_parts(const world_slot_t *slot, const world_line_t *line,
    world_text_t *text);
static int world_is_error(const world_text_t *text);
static int64_t world_number(const char *path);


static world_repository_t   world_plugins = { .title = "plugins" };
static world_repository_t   world_themes = { .title = "themes" };
static world_file_t         world_answers;
static size_t               world_indexed;    /* bytes of it */
static world_slot_t        *world_slots;
static world_slot_t       **world_listed;     /* themes, the oldest first */
static size_t               world_nlisted;
static char                 world_clock[WORLD_NAME];  /* the file */
static int64_t              world_now;        /* 0: there is no cache */


void
world_die(const char *what)
{
    (void) fprintf(stderr, "world-server: %s: %s\n", what, strerror(errno));
    exit(1);
}


void
world_load(const char *dir)
{
    world_slots = calloc(WORLD_SLOTS, sizeof(world_slot_t));

    if (world_slots == NULL) {
        world_die("memory");
    }

    (void) snprintf(world_clock, sizeof(world_clock), "%s/clock", dir);

    world_read_repository(&world_plugins, dir, "plugin");
    world_read_repository(&world_themes, dir, "theme");
    world_file(&world_answers, dir, "answers");
    world_index();
}


/* more is mapped than there is, so that a file that grows stays in place */

static void
world_file(world_file_t *f, const char *dir, const char *name)
{
    char  path[WORLD_NAME];

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);

    f->fd = open(path, O_RDONLY|O_CLOEXEC);

    if (f->fd == -1) {
        world_die(path);
    }

    f->data = mmap(NULL, WORLD_MAP, PROT_READ, MAP_SHARED|MAP_NORESERVE,
                   f->fd, 0);

    if (f->data == MAP_FAILED) {
        world_die(path);
    }

    (void) world_grown(f);
}


static int
world_grown(world_file_t *f)
{
    size_t       len;
    struct stat  st;

    if (fstat(f->fd, &st) != 0) {
        world_die("stat");
    }

    len = f->len;
    f->len = (size_t) st.st_size;

    return f->len > len;
}


static void
world_read_repository(world_repository_t *r, const char *dir, const char *type)
{
    char  name[64];

    (void) snprintf(r->head, sizeof(r->head), "%s/head.%s", dir, type);
    (void) snprintf(name, sizeof(name), "history.%s", type);

    world_file(&r->history, dir, name);
    world_history(r);
    world_listing(r, dir, type);
}


/* revisions follow each other without a gap */

static void
world_history(world_repository_t *r)
{
    size_t       room;
    const char  *p, *end, *name;

    p = r->history.data;
    end = p + r->history.len;
    room = 0;

    for (r->n = 0; p != NULL && p < end; r->n++) {

        if (r->n + 1 >= room) {
            room = (room == 0) ? 1024 : room * 2;
            r->items = realloc(r->items, room * sizeof(size_t));

            if (r->items == NULL) {
                world_die("memory");
            }
        }

        r->items[r->n] = (size_t) (p - r->history.data);
        name = p + sizeof(WORLD_ITEM) - 1;

        if (r->n == 0) {
            r->first = strtoll(name, NULL, 10);
        }

        p = memmem(name, (size_t) (end - name), WORLD_ITEM,
                   sizeof(WORLD_ITEM) - 1);
    }

    if (r->n == 0) {
        errno = EINVAL;
        world_die("the history is empty");
    }

    r->items[r->n] = r->history.len;
}


static void
world_listing(world_repository_t *r, const char *dir, const char *type)
{
    char          name[64];
    FILE         *out;
    size_t        len;
    const char   *p, *end, *nl;
    world_file_t  slugs;

    memset(&slugs, 0, sizeof(world_file_t));

    (void) snprintf(name, sizeof(name), "%s.slugs", type);
    world_file(&slugs, dir, name);

    out = open_memstream(&r->listing, &r->listing_len);

    if (out == NULL) {
        world_die("memory");
    }

    p = slugs.data;
    end = p + slugs.len;

    for ( /* void */ ; p < end; p = nl + 1) {
        nl = memchr(p, '\n', (size_t) (end - p));

        if (nl == NULL) {
            break;
        }

        len = (size_t) (nl - p);
        (void) fprintf(out, "  <li><a href=\"%.*s/\">%.*s/</a></li>\n",
                       (int) len, p, (int) len, p);
    }

    (void) fprintf(out, " </ul>\n</body></html>\n");

    if (fclose(out) != 0) {
        world_die("memory");
    }

    (void) munmap(slugs.data, WORLD_MAP);
    (void) close(slugs.fd);
}


/* the lines that are new */

static void
world_index(void)
{
    size_t         key;
    world_slot_t  *slot;
    const char    *p, *end, *nl, *tab;

    p = world_answers.data + world_indexed;
    end = world_answers.data + world_answers.len;

    for ( /* void */ ; p < end; p = nl + 1) {
        nl = memchr(p, '\n', (size_t) (end - p));
        tab = memchr(p, '\t', (size_t) (end - p));

        if (nl == NULL || tab == NULL || tab > nl) {
            break;
        }

        key = (size_t) (tab - p);
        slot = world_find(p, key);

        if (slot->line.at == 0) {
            world_add(slot, p);
        }

        slot->key = key;
        slot->line.at = (size_t) (p - world_answers.data) + 1;
        slot->line.text = (size_t) (nl - tab) - 1;
    }

    world_indexed = (size_t) (p - world_answers.data);
}


/* a package that was not there before */

static void
world_add(world_slot_t *slot, const char *key)
{
    if (key[0] != 't') {
        return;
    }

    if (world_nlisted % 1024 == 0) {
        world_listed = realloc(world_listed, (world_nlisted + 1024)
                                             * sizeof(world_slot_t *));

        if (world_listed == NULL) {
            world_die("memory");
        }
    }

    world_listed[world_nlisted++] = slot;
}


/* the slot of a package, or the one that would be its own */

static world_slot_t *
world_find(const char *key, size_t len)
{
    size_t         i, n;
    uint64_t       hash;
    world_slot_t  *slot;

    hash = 14695981039346656037u;

    for (i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char) key[i]) * 1099511628211u;
    }

    for (n = 0; n < WORLD_SLOTS; n++) {
        slot = &world_slots[(hash + n) % WORLD_SLOTS];

        if (slot->line.at == 0
            || (slot->key == len
                && memcmp(world_answers.data + slot->line.at - 1, key, len)
                   == 0))
        {
            return slot;
        }
    }

    errno = ENOSPC;
    world_die("too many packages");

    return NULL;
}


const world_repository_t *
world_repository(const char *type)
{
    return (type[0] == 'p') ? &world_plugins : &world_themes;
}


void
world_refresh(void)
{
    if (world_grown(&world_answers)) {
        world_index();
    }

    world_now = world_number(world_clock);
}


void
world_package(const char *type, const char *slug, world_text_t *text)
{
    int            n;
    char           key[WORLD_NAME];
    world_slot_t  *slot;

    static char  plugin[] = "{\"error\":\"Plugin not found.\"}";
    static char  theme[] = "{\"error\":\"Theme not found\"}";

    n = snprintf(key, sizeof(key), "%s/%.200s", type, slug);
    slot = world_find(key, (size_t) n);

    if (slot->line.at == 0) {
        memset(text, 0, sizeof(world_text_t));
        text->parts[0].iov_base = (type[0] == 'p') ? plugin : theme;
        text->parts[0].iov_len = strlen(text->parts[0].iov_base);
        return;
    }

    world_parts(slot, world_told(slot), text);

    /* a theme that is closed is not found, like any other */

    if (type[0] == 't' && world_is_error(text)) {
        memset(text, 0, sizeof(world_text_t));
        text->parts[0].iov_base = theme;
        text->parts[0].iov_len = sizeof(theme) - 1;
    }
}


size_t
world_themes_page(size_t skip, size_t max, world_text_t *texts, size_t *all)
{
    size_t         i, n;
    world_slot_t  *slot;
    world_text_t   text;

    n = 0;
    *all = 0;

    for (i = world_nlisted; i > 0; i--) {
        slot = world_listed[i - 1];
        world_parts(slot, world_told(slot), &text);

        if (world_is_error(&text)) {
            continue;
        }

        if (*all >= skip && n < max) {
            texts[n++] = text;
        }

        (*all)++;
    }

    return n;
}


static const world_line_t *
world_told(world_slot_t *slot)
{
    return (world_now > 0) ? world_cached(slot) : &slot->line;
}


/* {"name":…,  "versions":{…},  "requires":…}: a version has no } */

static void
world_parts(const world_slot_t *slot, const world_line_t *line,
    world_text_t *text)
{
    char    *p, *end, *first, *last;
    size_t   len;

    static const char  versions[] = "\"versions\":";

    p = world_answers.data + line->at + slot->key;
    len = line->text;
    end = p + len;

    first = memmem(p, len, versions, sizeof(versions) - 1);
    last = NULL;

    if (first != NULL) {
        last = first + sizeof(versions) - 1;
        last = memchr(last, (*last == '[') ? ']' : '}',
                      (size_t) (end - last));
    }

    /* with the comma */

    first = (last != NULL) ? first : end;
    last = (last != NULL) ? last + 2 : end;

    text->parts[0].iov_base = p;
    text->parts[0].iov_len = (size_t) (first - p);
    text->parts[1].iov_base = first;
    text->parts[1].iov_len = (size_t) (last - first);
    text->parts[2].iov_base = last;
    text->parts[2].iov_len = (size_t) (end - last);
}


static int
world_is_error(const world_text_t *text)
{
    return strncmp(text->parts[0].iov_base, "{\"error\"", 8) == 0;
}


/*
 * Until when it is told depends on package and time, and not on chance: 1 s to
 * a day.  A package that is not there is not remembered.
 */

static const world_line_t *
world_cached(world_slot_t *slot)
{
    uint64_t  mixed;

    if (slot->until <= world_now) {
        mixed = ((uint64_t) (slot - world_slots) << 20) ^ (uint64_t) world_now;
        mixed = (mixed * 11400714819323198485u) >> 32;

        slot->cached = slot->line;
        slot->until = world_now + 1 + (int64_t) (mixed % WORLD_DAY);
    }

    return &slot->cached;
}


int64_t
world_youngest(const world_repository_t *w)
{
    return world_number(w->head);
}


char *
world_items(const world_repository_t *w, int64_t first, int64_t last,
    size_t *len)
{
    char        *text;
    FILE        *out;
    size_t       i, n;
    const char  *p;

    out = open_memstream(&text, len);

    if (out == NULL) {
        world_die("memory");
    }

    for ( /* void */ ; first <= last && first < w->first; first++) {
        i = (size_t) first % w->n;
        p = w->history.data + w->items[i] + sizeof(WORLD_ITEM) - 1;
        p += strspn(p, "0123456789");
        n = (size_t) (w->history.data + w->items[i + 1] - p);

        (void) fprintf(out, WORLD_ITEM "%" PRId64, first);
        (void) fwrite(p, 1, n, out);
    }

    if (fclose(out) != 0) {
        world_die("memory");
    }

    return text;
}


/* in a file, or 0 */

static int64_t
world_number(const char *path)
{
    int      fd;
    char     text[32];
    ssize_t  n;

    fd = open(path, O_RDONLY|O_CLOEXEC);

    if (fd == -1) {
        return 0;
    }

    n = read(fd, text, sizeof(text) - 1);
    (void) close(fd);

    text[(n > 0) ? n : 0] = '\0';

    return strtoll(text, NULL, 10);
}

