
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Files as sources of advisories, which others may replace or write into at
 * any moment.
 */


#include "scratch.h"
#include "syncd_advisory_source.h"


#define TEST_FIRST   "{\"a\":1}"
#define TEST_SECOND  "{\"b\":2}"


static void test_read(void **state);
static void test_replaced(void **state);
static void test_written(void **state);
static void test_longer(void **state);
static void test_ended(void **state);
static void test_no_file(void **state);
static void test_names(void **state);

static int test_bytes(syncd_advisory_bytes_t *bytes, wppkg_error_t *err);
static int test_take(void *ctx, const char *data, size_t len);
static int test_enough(void *ctx, const char *data, size_t len);
static void test_changes(const char *text);
static void test_write(const char *path, const char *text);


static wppkg_advisories_source_t  known;


static int
test_bytes(syncd_advisory_bytes_t *bytes, wppkg_error_t *err)
{
    syncd_advisory_source_t  source;

    memset(&source, 0, sizeof(syncd_advisory_source_t));
    source.file = scratch_path;

    return syncd_advisory_bytes(NULL, NULL, &source, &known, bytes, err);
}


static int
test_take(void *ctx, const char *data, size_t len)
{
    wppkg_buf_append(ctx, data, len);

    return WPPKG_OK;
}


/* into the file itself, if there is one */

static void
test_write(const char *path, const char *text)
{
    FILE  *fp;

    fp = fopen(path, "w");
    assert_non_null(fp);
    assert_true(fputs(text, fp) >= 0);
    assert_int_equal(fclose(fp), 0);
}


static void
test_read(void **state)
{
    wppkg_buf_t              text;
    wppkg_error_t            err;
    syncd_advisory_bytes_t   bytes;

    memset(&known, 0, sizeof(wppkg_advisories_source_t));
    wppkg_buf_init(&text, 100);
    test_write(scratch_path, TEST_FIRST);

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_OK);
    assert_int_equal(syncd_advisory_read(&bytes, test_take, &text, &err),
                     WPPKG_OK);
    assert_string_equal(text.data, TEST_FIRST);

    (void) fclose(bytes.fp);
    wppkg_buf_free(&text);

    /* it is known by its size and time, and is not read again */

    known.read = 1;
    memcpy(known.modified, bytes.modified, sizeof(known.modified));

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_DECLINED);
    assert_null(bytes.fp);
}


/* by mv: what is read is the file that was opened, all of it */

static void
test_replaced(void **state)
{
    char                     path[320];
    wppkg_buf_t              text;
    wppkg_error_t            err;
    syncd_advisory_bytes_t   bytes;

    memset(&known, 0, sizeof(wppkg_advisories_source_t));
    wppkg_buf_init(&text, 100);
    test_write(scratch_path, TEST_FIRST);

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_OK);

    (void) snprintf(path, sizeof(path), "%s.new", scratch_path);
    test_write(path, TEST_SECOND);
    assert_int_equal(rename(path, scratch_path), 0);

    assert_int_equal(syncd_advisory_read(&bytes, test_take, &text, &err),
                     WPPKG_OK);
    assert_string_equal(text.data, TEST_FIRST);
    (void) fclose(bytes.fp);

    /* and the new one is another, though it has the same size */

    known.read = 1;
    memcpy(known.modified, bytes.modified, sizeof(known.modified));

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_OK);
    wppkg_buf_reset(&text);
    assert_int_equal(syncd_advisory_read(&bytes, test_take, &text, &err),
                     WPPKG_OK);
    assert_string_equal(text.data, TEST_SECOND);

    (void) fclose(bytes.fp);
    wppkg_buf_free(&text);
}


static void
test_changes(const char *text)
{
    wppkg_buf_t              read;
    wppkg_error_t            err;
    syncd_advisory_bytes_t   bytes;

    memset(&known, 0, sizeof(wppkg_advisories_source_t));
    wppkg_buf_init(&read, 100);
    test_write(scratch_path, TEST_FIRST);

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_OK);
    test_write(scratch_path, text);

    assert_int_equal(syncd_advisory_read(&bytes, test_take, &read, &err),
                     WPPKG_ERROR);
    assert_string_equal(err.text, "it was changed while it was read");

    (void) fclose(bytes.fp);
    wppkg_buf_free(&read);
}


static void
test_written(void **state)
{
    test_changes(TEST_SECOND);
}


static void
test_longer(void **state)
{
    test_changes(TEST_FIRST "\n");
    test_changes("");
}


static int
test_enough(void *ctx, const char *data, size_t len)
{
    return WPPKG_ERROR;
}


static void
test_ended(void **state)
{
    wppkg_error_t            err;
    syncd_advisory_bytes_t   bytes;

    memset(&known, 0, sizeof(wppkg_advisories_source_t));
    test_write(scratch_path, TEST_FIRST);

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_OK);
    assert_int_equal(syncd_advisory_read(&bytes, test_enough, NULL, &err),
                     WPPKG_DECLINED);

    (void) fclose(bytes.fp);
}


/* a pipe that nobody writes to does not keep anybody waiting */

static void
test_no_file(void **state)
{
    wppkg_error_t            err;
    syncd_advisory_bytes_t   bytes;

    memset(&known, 0, sizeof(wppkg_advisories_source_t));

    assert_int_equal(test_bytes(&bytes, &err), WPPKG_ERROR);
    assert_non_null(strstr(err.text, "cannot be opened: No such file"));
    assert_null(bytes.fp);

    assert_int_equal(mkfifo(scratch_path, 0600), 0);
    assert_int_equal(test_bytes(&bytes, &err), WPPKG_ERROR);
    assert_non_null(strstr(err.text, "it is not a regular file"));
    assert_null(bytes.fp);
}


/* what a console could take for markup is in no name */

static void
test_names(void **state)
{
    size_t                    i;
    syncd_conf_t              conf;
    syncd_advisory_source_t   sources[SYNCD_ADVISORY_SOURCES];

    static const struct {
        const char  *url;
        const char  *file;
        const char  *name;
    } cases[] = {
        { "https://www.wordfence.com/api/x", NULL, "Wordfence" },
        { "https://www.wordfence.com.example/x", NULL,
          "www.wordfence.com.example" },
        { "http://127.0.0.1:8080", NULL, "127.0.0.1:8080" },
        { NULL, "/etc/wppkg/our-audits.json", "our-audits" },
        { NULL, "ours", "ours" },
        { NULL, "/x/.json", ".json" },
        { NULL, "/x/a <fg=red>\n.json", "a__fg=red__" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&conf, 0, sizeof(syncd_conf_t));
        conf.advisories_url = (char *) cases[i].url;
        conf.advisories_files[0] = (char *) cases[i].file;

        assert_int_equal(syncd_advisory_sources(&conf, sources), 1);
        assert_string_equal(sources[0].name, cases[i].name);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_read),
        SCRATCH_TEST(test_replaced),
        SCRATCH_TEST(test_written),
        SCRATCH_TEST(test_longer),
        SCRATCH_TEST(test_ended),
        SCRATCH_TEST(test_no_file),
        cmocka_unit_test(test_names)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
