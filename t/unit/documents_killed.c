
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A writer killed anywhere in a transaction leaves whole documents.
 */


#include "scratch.h"

#include <time.h>

#include <openssl/evp.h>

#include "wppkg_documents.h"
#include "wppkg_gzip.h"


static void test_killed(void **state);

static void test_write_for_ever(const void *data);
static void test_consistent(wppkg_catalogue_t *cat);


/* writes, and tells after each transaction, until somebody kills it */

static void
test_write_for_ever(const void *data)
{
    int                 i, k;
    char                path[32], body[64];
    unsigned            n;
    const int          *fd;
    wppkg_catalogue_t  *cat;

    fd = data;
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);

    for (i = 0; /* void */ ; i++) {

        if (wppkg_catalogue_begin(cat) != WPPKG_OK) {
            _exit(1);
        }

        for (k = 0; k < 20; k++) {
            (void) snprintf(path, sizeof(path), "document-%d", k);
            (void) snprintf(body, sizeof(body), "%d %d %d", getpid(), i, k);

            if (wppkg_document_set(cat, 0, path,
                                   (i + k) % 5 == 0 ? NULL : body,
                                   strlen(body), wppkg_tick_now(), &n)
                != WPPKG_OK)
            {
                _exit(2);
            }
        }

        if (wppkg_catalogue_commit(cat) != WPPKG_OK
            || write(*fd, "x", 1) != 1)
        {
            _exit(3);
        }
    }
}


/*
 * Of what is stored, every body has its hash, every hash its body, and no
 * stamp is above the watermark.
 */

static void
test_consistent(wppkg_catalogue_t *cat)
{
    int            rc;
    size_t         size;
    wppkg_buf_t    gz, plain;
    sqlite3_stmt  *stmt;
    unsigned char  hash[WPPKG_HASH_LEN], real[WPPKG_HASH_LEN];

    assert_int_equal(scratch_int(cat, "SELECT integrity_check = 'ok'"
                                      " FROM pragma_integrity_check"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*)"
                                      " FROM pragma_foreign_key_check"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE published_at > (SELECT value"
                                      " FROM meta"
                                      " WHERE name = 'feed_watermark')"), 0);
    assert_int_equal(scratch_int(cat, "SELECT (SELECT count(*) FROM bodies)"
                                      " = (SELECT count(content_hash)"
                                      " FROM documents)"), 1);

    wppkg_buf_init(&gz, 1000);
    wppkg_buf_init(&plain, 1000);

    assert_int_equal(sqlite3_prepare_v2(wppkg_catalogue_db(cat),
                                        "SELECT document_id FROM bodies", -1,
                                        &stmt, NULL), SQLITE_OK);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        wppkg_buf_reset(&gz);
        wppkg_buf_reset(&plain);

        rc = wppkg_document_body(cat, sqlite3_column_int64(stmt, 0), hash,
                                 &size, &gz);
        assert_int_equal(rc, WPPKG_OK);
        assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, &plain),
                         WPPKG_OK);
        assert_int_equal(EVP_Digest(plain.data, plain.len, real, NULL,
                                    EVP_sha256(), NULL), 1);
        assert_memory_equal(hash, real, WPPKG_HASH_LEN);
    }

    (void) sqlite3_finalize(stmt);
    wppkg_buf_free(&plain);
    wppkg_buf_free(&gz);
}


static void
test_killed(void **state)
{
    int                 i, k, status, fd[2];
    char                c;
    pid_t               pid;
    int64_t             watermark, last;
    struct timespec     pause;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);

    last = 0;
    pause.tv_sec = 0;

    for (i = 0; i < 12; i++) {
        assert_int_equal(pipe(fd), 0);

        pid = fork();
        assert_true(pid >= 0);

        if (pid == 0) {
            (void) close(fd[0]);
            test_write_for_ever(&fd[1]);
        }

        (void) close(fd[1]);

        /* it is at work; now anywhere in its next transaction */

        for (k = 0; k < 3; k++) {
            assert_int_equal(read(fd[0], &c, 1), 1);
        }

        pause.tv_nsec = i * 130000;
        (void) nanosleep(&pause, NULL);

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        (void) close(fd[0]);

        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        test_consistent(cat);
        assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"),
                         20);
        assert_int_equal(wppkg_meta_get_int(cat, "feed_watermark",
                                            &watermark), WPPKG_OK);
        assert_true(watermark > last);
        last = watermark;
        wppkg_catalogue_close(cat);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_killed)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
