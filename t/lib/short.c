
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stddef.h>
#include <string.h>

#include <jansson.h>

#include "short.h"


/* a sanitizer has allocators of its own, which it wants to be used */

#ifdef __SANITIZE_ADDRESS__
#define SHORT_REAL(name)  __interceptor_ ## name
#else
#define SHORT_REAL(name)  __libc_ ## name
#endif


void *SHORT_REAL(malloc)(size_t n);
void *SHORT_REAL(calloc)(size_t n, size_t size);
void *SHORT_REAL(realloc)(void *p, size_t n);
void SHORT_REAL(free)(void *p);

void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
void free(void *p);

json_t *__real_json_loadb(const char *data, size_t len, size_t flags,
    json_error_t *error);
json_t *__wrap_json_loadb(const char *data, size_t len, size_t flags,
    json_error_t *error);

static int short_now(void);

#ifdef __SANITIZE_ADDRESS__
char *strdup(const char *s);
char *strndup(const char *s, size_t n);
#endif


static int       short_spared;
static unsigned  short_at;
static long      short_count;


void
short_fail(unsigned n)
{
    short_at = n;
}


int
short_failed(void)
{
    int  failed;

    failed = (short_at == 0);
    short_at = 0;

    return failed;
}


void
short_spare(int on)
{
    short_spared = on;
}


long
short_live(void)
{
    return short_count;
}


static int
short_now(void)
{
    return !short_spared && short_at > 0 && --short_at == 0;
}


void *
malloc(size_t n)
{
    void  *p;

    p = short_now() ? NULL : SHORT_REAL(malloc)(n);
    short_count += (p != NULL);

    return p;
}


void *
calloc(size_t n, size_t size)
{
    void  *p;

    p = short_now() ? NULL : SHORT_REAL(calloc)(n, size);
    short_count += (p != NULL);

    return p;
}


void *
realloc(void *p, size_t n)
{
    void  *q;

    q = short_now() ? NULL : SHORT_REAL(realloc)(p, n);
    short_count += (p == NULL && q != NULL);

    return q;
}


void
free(void *p)
{
    short_count -= (p != NULL);

    SHORT_REAL(free)(p);
}


/* the C library's call malloc(); a sanitizer's would not be counted */

#ifdef __SANITIZE_ADDRESS__

char *
strdup(const char *s)
{
    return strndup(s, strlen(s));
}


char *
strndup(const char *s, size_t n)
{
    char  *p;

    n = strnlen(s, n);
    p = malloc(n + 1);

    if (p != NULL) {
        memcpy(p, s, n);
        p[n] = '\0';
    }

    return p;
}

#endif


/*
 * For the linker's --wrap.  jansson's parser cannot bear it: when a string's
 * buffer cannot grow, it loses a byte of it, and reads past the end.
 */

json_t *
__wrap_json_loadb(const char *data, size_t len, size_t flags,
    json_error_t *error)
{
    int      spared;
    json_t  *root;

    spared = short_spared;
    short_spared = 1;

    root = __real_json_loadb(data, len, flags, error);

    short_spared = spared;

    return root;
}
