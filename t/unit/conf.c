
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The configuration: every key, every kind of error, the secrets, and that
 * the example and the man page tell of all of it.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "syncd_conf.h"
#include "syncd_secrets.h"
#include "syncd_value.h"


#define CATALOGUE  "[catalogue]\npath = /c.db\n"


static char  conf_dir[64];
static char  conf_file[96];


static void
write_text(const char *path, const char *text, size_t len)
{
    FILE  *fp;

    fp = fopen(path, "w");
    assert_non_null(fp);
    assert_int_equal(fwrite(text, 1, len, fp), len);
    assert_int_equal(fclose(fp), 0);
}


static int
read_conf(const char *text, syncd_conf_t *conf, wppkg_buf_t *errors)
{
    write_text(conf_file, text, strlen(text));
    wppkg_buf_init(errors, 65536);

    return syncd_conf_read(conf_file, conf, errors);
}


/* text must be refused with exactly these lines, %s being the file's name */

static void
refused(const char *text, const char *expected)
{
    char          *want;
    size_t         i, n;
    syncd_conf_t   conf;
    wppkg_buf_t    errors, lines;

    assert_int_equal(read_conf(text, &conf, &errors), WPPKG_ERROR);

    wppkg_buf_init(&lines, 65536);
    n = strlen(expected);

    for (i = 0; i < n; i++) {
        if (expected[i] == '@') {
            wppkg_buf_puts(&lines, conf_file);

        } else {
            wppkg_buf_append(&lines, expected + i, 1);
        }
    }

    want = lines.data;
    assert_string_equal(errors.data, want);

    wppkg_buf_free(&lines);
    wppkg_buf_free(&errors);
    syncd_conf_free(&conf);
}


static void
accepted(const char *text, syncd_conf_t *conf)
{
    int          rc;
    wppkg_buf_t  errors;

    rc = read_conf(text, conf, &errors);

    if (rc != WPPKG_OK) {
        fail_msg("refused: %s", errors.data);
    }

    wppkg_buf_free(&errors);
}


static void
test_defaults(void **state)
{
    syncd_conf_t  conf;

    accepted(CATALOGUE, &conf);

    assert_string_equal(conf.catalogue, "/c.db");
    assert_null(conf.list);
    assert_null(conf.base_url);
    assert_null(conf.changes_url);
    assert_string_equal(conf.api_url, "https://api.wordpress.org");
    assert_null(conf.contact);
    assert_int_equal(conf.api_concurrency, 4);
    assert_int_equal(conf.api_bulk, 100);
    assert_int_equal(conf.recheck, 3600);
    assert_int_equal(conf.follow, 0);
    assert_string_equal(conf.control, "/run/wppkg/control");
    assert_null(conf.s3_endpoint);
    assert_null(conf.s3_bucket);
    assert_string_equal(conf.s3_region, "auto");
    assert_string_equal(conf.s3_prefix, "");
    assert_null(conf.s3_ca_file);
    assert_int_equal(conf.s3_concurrency, 0);
    assert_int_equal(conf.connect_timeout, 10);
    assert_int_equal(conf.stall_timeout, 30);
    assert_int_equal(conf.total_timeout, 300);
    assert_int_equal(conf.retries, 4);

    syncd_conf_free(&conf);

    /* R 10: commits say when to look again, and a slow audit */

    accepted(CATALOGUE "[wporg]\nfollow = on\n", &conf);
    assert_int_equal(conf.follow, 1);
    assert_int_equal(conf.recheck, 30 * 86400);
    syncd_conf_free(&conf);

    accepted(CATALOGUE "[wporg]\nrecheck = 2h\nfollow = on\n", &conf);
    assert_int_equal(conf.recheck, 7200);
    syncd_conf_free(&conf);
}


/* a path that the address of a socket has room for */

static void
test_socket(void **state)
{
    char          text[400], path[120];
    syncd_conf_t  conf;

    accepted(CATALOGUE "[service]\ncontrol = off\n", &conf);
    assert_null(conf.control);
    syncd_conf_free(&conf);

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[107] = '\0';

    (void) snprintf(text, sizeof(text), CATALOGUE "[service]\ncontrol = %s\n",
                    path);
    accepted(text, &conf);
    assert_string_equal(conf.control, path);
    syncd_conf_free(&conf);

    (void) snprintf(text, sizeof(text), CATALOGUE "[service]\ncontrol = %sx\n",
                    path);
    refused(text, "@:4: \"control\": is longer than 107 bytes, which the path "
                  "of a socket may have\n");
    refused(CATALOGUE "[service]\ncontrol = on\n",
            "@:4: \"control\": \"on\" is not an absolute path: it must begin "
            "with \"/\"\n");
}


static void
test_every_key(void **state)
{
    syncd_conf_t  conf;

    accepted("\xef\xbb\xbf; comment\r\n# comment\n"
             CATALOGUE
             "  list = /l ; comment\n"
             "[repository]\nbase_url = https://r.example.org:8443/a/b/\n"
             "changes_url = https://f.example.org/metadata/changes.json\n"
             "[wporg]\napi_url : http://127.0.0.1:1/\ncontact = a@b; c\n"
             "concurrency = 32\nbulk = 1\nrecheck = 0\n"
             "[bucket]\nendpoint = http://[::1]:9005/\nname = bkt-1\n"
             "region = eu-west-1\nprefix = /a/b\nca_file = /ca.pem\n"
             "concurrency = 64\n"
             "[http] # x\nconnect_timeout=1m\nstall_timeout\t=\t1h\t;\n"
             "total_timeout = 1d\nretries = 0", &conf);

    assert_string_equal(conf.list, "/l");
    assert_string_equal(conf.base_url, "https://r.example.org:8443/a/b");
    assert_string_equal(conf.changes_url,
                        "https://f.example.org/metadata/changes.json");
    assert_string_equal(syncd_value_url_path(conf.base_url), "/a/b");
    assert_string_equal(conf.api_url, "http://127.0.0.1:1");
    assert_string_equal(syncd_value_url_path(conf.api_url), "");
    assert_string_equal(conf.contact, "a@b; c");
    assert_int_equal(conf.api_concurrency, 32);
    assert_int_equal(conf.api_bulk, 1);
    assert_int_equal(conf.recheck, 0);
    assert_string_equal(conf.s3_endpoint, "http://[::1]:9005");
    assert_string_equal(conf.s3_bucket, "bkt-1");
    assert_string_equal(conf.s3_region, "eu-west-1");
    assert_string_equal(conf.s3_prefix, "a/b/");
    assert_string_equal(conf.s3_ca_file, "/ca.pem");
    assert_int_equal(conf.s3_concurrency, 64);
    assert_int_equal(conf.connect_timeout, 60);
    assert_int_equal(conf.stall_timeout, 3600);
    assert_int_equal(conf.total_timeout, 86400);
    assert_int_equal(conf.retries, 0);

    syncd_conf_free(&conf);
}


static void
test_lines(void **state)
{
    char  text[3000];

    refused("", "@: \"path\" is missing in [catalogue]\n");

    refused("path = /x\n",
            "@:1: \"path\" stands before the first [section]\n"
            "@: \"path\" is missing in [catalogue]\n");

    refused("[catalogue]\npath = c.db\nlist = ./l\n[bucket]\nca_file = x\n",
            "@:2: \"path\": \"c.db\" is not an absolute path: it must begin "
            "with \"/\"\n"
            "@:3: \"list\": \"./l\" is not an absolute path: it must begin "
            "with \"/\"\n"
            "@:5: \"ca_file\": \"x\" is not an absolute path: it must begin "
            "with \"/\"\n");

    refused(CATALOGUE "path = /d.db\n",
            "@:3: \"path\" is set a second time, first in line 2\n");

    refused(CATALOGUE "lsit = /l\n[http]\npath = /x\n",
            "@:3: unknown key \"lsit\" in [catalogue]\n"
            "@:5: unknown key \"path\" in [http]\n");

    refused(CATALOGUE "[nosuch]\na = b\nc = d\n[http]\nretries = 1\n",
            "@:3: unknown section [nosuch]\n");

    refused(CATALOGUE "nonsense\n\n[http\nretries = 1\n",
            "@:3: is neither \"key = value\" nor \"[section]\"\n"
            "@:5: is neither \"key = value\" nor \"[section]\"\n"
            "@:6: unknown key \"retries\" in [catalogue]\n");

    /* the second one has line ends of CR alone */

    refused(CATALOGUE "[http] ; a comment\n[http]#one\n[http] retries = 1\n",
            "@:5: has something after \"[section]\"\n");
    refused("[catalogue]\rpath = /c.db\r",
            "@:1: has something after \"[section]\"\n"
            "@: \"path\" is missing in [catalogue]\n");

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memcpy(text, CATALOGUE, sizeof(CATALOGUE) - 1);
    memcpy(text + 2000, "\nlist = /l\nx", 12);

    refused(text, "@:3: is too long\n@:5: is neither \"key = value\" nor "
            "\"[section]\"\n");
}


static void
test_nul(void **state)
{
    syncd_conf_t  conf;
    wppkg_buf_t   errors;

    static const char  text[] = CATALOGUE "list = /l\0" "x\n";

    write_text(conf_file, text, sizeof(text) - 1);
    wppkg_buf_init(&errors, 65536);

    assert_int_equal(syncd_conf_read(conf_file, &conf, &errors),
                     WPPKG_ERROR);
    assert_non_null(strstr(errors.data, ":3: has a NUL byte\n"));

    wppkg_buf_free(&errors);
    syncd_conf_free(&conf);
}


static void
test_many(void **state)
{
    refused(CATALOGUE "a=b\na=b\na=b\na=b\na=b\na=b\na=b\na=b\na=b\na=b\n"
            "a=b\na=b\n",
            "@:3: unknown key \"a\" in [catalogue]\n"
            "@:4: unknown key \"a\" in [catalogue]\n"
            "@:5: unknown key \"a\" in [catalogue]\n"
            "@:6: unknown key \"a\" in [catalogue]\n"
            "@:7: unknown key \"a\" in [catalogue]\n"
            "@:8: unknown key \"a\" in [catalogue]\n"
            "@:9: unknown key \"a\" in [catalogue]\n"
            "@:10: unknown key \"a\" in [catalogue]\n"
            "@:11: unknown key \"a\" in [catalogue]\n"
            "@:12: unknown key \"a\" in [catalogue]\n"
            "@: 2 more errors\n");
}


static void
test_file(void **state)
{
    syncd_conf_t  conf;
    wppkg_buf_t   errors;

    wppkg_buf_init(&errors, 65536);

    assert_int_equal(syncd_conf_read("/nonexistent/c", &conf, &errors),
                     WPPKG_ERROR);
    assert_string_equal(errors.data, "/nonexistent/c: cannot be opened: No "
                        "such file or directory; \"-c FILE\" names another "
                        "file\n");
    syncd_conf_free(&conf);
    wppkg_buf_reset(&errors);

    assert_int_equal(syncd_conf_read(conf_dir, &conf, &errors), WPPKG_ERROR);
    assert_non_null(strstr(errors.data, ": it is a directory"));
    syncd_conf_free(&conf);
    wppkg_buf_reset(&errors);

    assert_int_equal(syncd_conf_read("/dev/zero", &conf, &errors),
                     WPPKG_ERROR);
    assert_non_null(strstr(errors.data, ": it is not a regular file"));
    syncd_conf_free(&conf);
    wppkg_buf_reset(&errors);

    write_text(conf_file, "", 0);
    assert_int_equal(truncate(conf_file, 2 * 1024 * 1024), 0);
    assert_int_equal(syncd_conf_read(conf_file, &conf, &errors),
                     WPPKG_ERROR);
    assert_non_null(strstr(errors.data, ": is larger than 1048576 bytes"));
    syncd_conf_free(&conf);
    wppkg_buf_free(&errors);
}


static void
test_numbers(void **state)
{
    size_t  i;
    char    text[256], want[256];

    static const char *const  bad[][4] = {
        { "wporg", "concurrency", "0", "0 is out of range, 1 to 32" },
        { "wporg", "concurrency", "33", "33 is out of range, 1 to 32" },
        { "wporg", "concurrency", "4x", "\"4x\" is not a number" },
        { "wporg", "concurrency", "-1", "\"-1\" is not a number" },
        { "wporg", "concurrency", "", "\"\" is not a number" },
        { "wporg", "concurrency", "99999999999999999999",
          "\"99999999999999999999\" is not a number" },
        { "wporg", "bulk", "101", "101 is out of range, 1 to 100" },
        { "bucket", "concurrency", "0", "0 is out of range, 1 to 64" },
        { "bucket", "concurrency", "65", "65 is out of range, 1 to 64" },
        { "bucket", "concurrency", "Auto",
          "\"Auto\" is neither \"auto\" nor a number" },
        { "bucket", "concurrency", "",
          "\"\" is neither \"auto\" nor a number" },
        { "http", "retries", "21", "21 is out of range, 0 to 20" },
        { "http", "total_timeout", "0",
          "0 is out of range, 1s to 86400s" },
        { "http", "total_timeout", "2d",
          "2d is out of range, 1s to 86400s" },
        { "wporg", "recheck", "366d",
          "366d is out of range, 0s to 31536000s" },
        { "wporg", "recheck", "60", "\"60\" is not a duration such as 30s, "
          "15m, 1h or 7d" },
        { "wporg", "recheck", "h", "\"h\" is not a duration such as 30s, "
          "15m, 1h or 7d" },
        { "wporg", "recheck", "1 h", "\"1 h\" is not a duration such as 30s, "
          "15m, 1h or 7d" },
        { "wporg", "recheck", "9999999999d", "\"9999999999d\" is not a "
          "duration such as 30s, 15m, 1h or 7d" },
        { NULL, NULL, NULL, NULL }
    };

    for (i = 0; bad[i][0] != NULL; i++) {
        (void) snprintf(text, sizeof(text), CATALOGUE "[%s]\n%s = %s\n",
                        bad[i][0], bad[i][1], bad[i][2]);
        (void) snprintf(want, sizeof(want), "@:4: \"%s\": %s\n", bad[i][1],
                        bad[i][3]);
        refused(text, want);
    }
}


static void
test_texts(void **state)
{
    char           *out;
    size_t          i;
    wppkg_error_t   err;

    static const char *const  urls[] = {
        "", "/downloads", "api.wordpress.org", "ftp://host", "https://",
        "https://:80", "https:///path", "https://host:", "https://host:0",
        "https://host:65536", "https://host:http", "https://user@host",
        "https://ho st", "https://host/a?b", "https://host/a#b",
        "https://host?x", "https://host/a//b", "https://host/../b",
        "https://host/./b", "https://host/%41", "https://[::1",
        "https://[]", "https://host/a\"b", NULL
    };

    /* what may be a password or a token is not repeated */

    static const char *const  secrets[] = {
        "https://me:secret@h", "https://h?key=secret", "https://h/p?secret",
        "h?secret", "ftp://h/#secret", NULL
    };

    static const char *const  prefixes[] = {
        "a//b", "..", "a/../b", ".", "a b", "a?b", "a%20b", "\xc3\xa9", NULL
    };

    static const char *const  buckets[] = {
        "", "ab", "-abc", "abc-", "a/b", "a b", "..", "abc.", NULL
    };

    for (i = 0; urls[i] != NULL; i++) {
        assert_int_equal(syncd_value_url(urls[i], &out, &err), WPPKG_ERROR);
    }

    for (i = 0; secrets[i] != NULL; i++) {
        assert_int_equal(syncd_value_url(secrets[i], &out, &err),
                         WPPKG_ERROR);
        assert_null(strstr(err.text, "secret"));
    }

    for (i = 0; prefixes[i] != NULL; i++) {
        assert_int_equal(syncd_value_prefix(prefixes[i], &out, &err),
                         WPPKG_ERROR);
    }

    for (i = 0; buckets[i] != NULL; i++) {
        assert_int_equal(syncd_value_bucket(buckets[i], &out, &err),
                         WPPKG_ERROR);
    }

    assert_int_equal(syncd_value_bucket("a.b-c_d", &out, &err), WPPKG_OK);
    assert_string_equal(out, "a.b-c_d");
    free(out);

    assert_int_equal(syncd_value_prefix("//", &out, &err), WPPKG_OK);
    assert_string_equal(out, "");
    free(out);

    refused(CATALOGUE "list =\n", "@:3: \"list\": has no value\n");
    refused(CATALOGUE "[wporg]\ncontact = b\xc3\xa4r\n",
            "@:4: \"contact\": has a byte that is not printable ASCII\n");
    refused(CATALOGUE "[bucket]\nregion = a b\n",
            "@:4: \"region\": \"a b\" is not a region such as auto or "
            "eu-west-1\n");
}


/* two words, and no other way to say yes */

static void
test_flags(void **state)
{
    size_t         i;
    unsigned       flag;
    wppkg_error_t  err;

    static const char *const  bad[] = {
        "", "On", "OFF", "on ", " on", "onn", "o", "1", "0", "yes", "true"
    };

    flag = 7;

    assert_int_equal(syncd_value_flag("on", &flag, &err), WPPKG_OK);
    assert_int_equal(flag, 1);
    assert_int_equal(syncd_value_flag("off", &flag, &err), WPPKG_OK);
    assert_int_equal(flag, 0);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        flag = 7;
        err.text[0] = '\0';

        if (syncd_value_flag(bad[i], &flag, &err) != WPPKG_ERROR) {
            fail_msg("\"%s\" is taken for a flag", bad[i]);
        }

        assert_int_equal(flag, 7);
        assert_non_null(strstr(err.text, "\"on\""));
    }

    refused(CATALOGUE "[bucket]\ngzip = yes\n",
            "@:4: \"gzip\": \"yes\" is neither \"on\" nor \"off\"\n");
    refused(CATALOGUE "[repository]\nreplace = on\n",
            "@:4: \"replace\": \"on\" is neither \"wpackagist\" nor "
            "\"none\"\n");
}


/* twice as many objects, only for who has said it twice */

#define BUCKET   "[bucket]\nendpoint = https://s.example\nname = bucket\n"
#define ALIASES  CATALOGUE "[repository]\naliases = wpackagist\n"

static void
test_aliases(void **state)
{
    wppkg_buf_t   errors;
    syncd_conf_t  conf;

    refused(ALIASES BUCKET,
            "@:4: \"aliases\" makes twice as many objects of a [bucket]: set "
            "\"aliases_in_bucket = on\" as well, or leave it out\n");

    assert_int_equal(read_conf(ALIASES "aliases_in_bucket = on\n" BUCKET,
                               &conf, &errors), WPPKG_OK);
    assert_int_equal(conf.aliases, 1);

    syncd_conf_free(&conf);
    wppkg_buf_free(&errors);
}


/* a mirror has what its origin has: one line, for the first that says more */

static void
test_origin(void **state)
{
    size_t         i;
    char           text[300], line[300];
    wppkg_buf_t    errors;
    syncd_conf_t   conf;

    static const char *const  others[][2] = {
        { "catalogue", "list = /l" },
        { "repository", "untagged = on" },
        { "repository", "closed = gone" },
        { "repository", "replace = none" },
        { "repository", "aliases = none" },
        { "repository", "aliases_in_bucket = on" },
        { "repository", "requires_plugins = off" },
        { "repository", "lists = /r" },
        { "repository", "replacements = /r" },
        { "wporg", "follow = off" },
        { "wporg", "contact = a@b" },
        { "advisories", "file = /r" },
        { "schedule", "sweep = 1h" }
    };

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        (void) snprintf(text, sizeof(text), CATALOGUE "[origin]\nurl = "
                        "https://a.example/\n[%s]\n%s\n", others[i][0],
                        others[i][1]);
        (void) snprintf(line, sizeof(line), "@:6: \"%.*s\" in [%s] has no "
                        "place beside \"url\" in [origin]: this is a mirror, "
                        "and has what its origin has\n",
                        (int) strcspn(others[i][1], " "), others[i][1],
                        others[i][0]);
        refused(text, line);
    }

    refused(CATALOGUE "[origin]\nurl = https://a.example/b/packages.json\n",
            "@:4: \"url\" in [origin] is the address of a repository: leave "
            "out \"/packages.json\"\n");

    assert_int_equal(read_conf(CATALOGUE "[origin]\nurl = https://a.example/"
                               "\n[repository]\nauthority = part\n"
                               "base_url = https://b.example\n[schedule]\n"
                               "interval = 10s\n", &conf, &errors), WPPKG_OK);
    assert_string_equal(conf.origin_url, "https://a.example");
    assert_int_equal(conf.origin_concurrency, 16);

    syncd_conf_free(&conf);
    wppkg_buf_free(&errors);
}


/* no source unless something is set; Wordfence's if no other one is */

static void
test_advisories(void **state)
{
    int            i;
    syncd_conf_t   conf;
    wppkg_buf_t    text;

    accepted(CATALOGUE "[advisories]\n", &conf);
    assert_null(conf.advisories_url);
    assert_int_equal(conf.advisories_interval, 3600);
    syncd_conf_free(&conf);

    accepted(CATALOGUE "[advisories]\ninterval = 2h\n", &conf);
    assert_string_equal(conf.advisories_url, "https://www.wordfence.com/api/"
                        "intelligence/v3/vulnerabilities/production");
    assert_int_equal(conf.advisories_interval, 7200);
    syncd_conf_free(&conf);

    accepted(CATALOGUE "[advisories]\napi_url = https://a.example/s\n"
             "file = /a/b\nfile = /c/d\n", &conf);
    assert_null(conf.advisories_url);
    assert_string_equal(conf.advisories_api, "https://a.example/s");
    assert_string_equal(conf.advisories_files[0], "/a/b");
    assert_string_equal(conf.advisories_files[1], "/c/d");
    assert_null(conf.advisories_files[2]);
    syncd_conf_free(&conf);

    accepted(CATALOGUE "[advisories]\nfile = /a\nurl = http://b/c\n", &conf);
    assert_string_equal(conf.advisories_url, "http://b/c");
    assert_string_equal(conf.advisories_files[0], "/a");
    syncd_conf_free(&conf);

    wppkg_buf_init(&text, 4096);
    wppkg_buf_puts(&text, CATALOGUE "[advisories]\n");

    for (i = 0; i <= SYNCD_ADVISORY_FILES; i++) {
        wppkg_buf_printf(&text, "file = /%d\n", i);
    }

    refused(text.data, "@:12: \"file\": is set more than 8 times\n");
    wppkg_buf_free(&text);

    refused(CATALOGUE "[advisories]\nkey = x\n",
            "@:4: unknown key \"key\" in [advisories]\n");
    refused(CATALOGUE "[advisories]\nurl = https://u:p@b/\nfile = a\n",
            "@:4: \"url\": must not have a user name or password in it\n"
            "@:5: \"file\": \"a\" is not an absolute path: it must begin "
            "with \"/\"\n");
}


static void
test_bucket_halves(void **state)
{
    refused(CATALOGUE "[bucket]\nname = abc\n",
            "@:4: [bucket] has a \"name\", so it needs an \"endpoint\" "
            "too\n");
    refused(CATALOGUE "[bucket]\nendpoint = https://h/p/abc\nname = abc\n",
            "@:4: \"endpoint\": ends with the bucket, which goes into "
            "\"name\" alone\n");
    refused(CATALOGUE "[bucket]\nendpoint = https://h\nname = abc\n"
            "style = virtual\n",
            "@:6: \"style\": \"virtual\" is none of \"auto\", \"path\" and "
            "\"host\"\n");
    refused(CATALOGUE "[bucket]\nendpoint = https://h\n",
            "@:4: [bucket] has an \"endpoint\", so it needs a \"name\" "
            "too\n");
}


static void
test_secret_in_file(void **state)
{
    refused(CATALOGUE "[bucket]\nsecret_access_key = hunter2\n",
            "@:4: unknown key \"secret_access_key\": secrets come from the "
            "environment or from systemd credentials, see wppkg-syncd(1)\n");
}


static void
read_secrets(syncd_conf_t *conf, int expected, wppkg_error_t *err)
{
    memset(conf, 0, sizeof(syncd_conf_t));
    err->text[0] = '\0';
    assert_int_equal(syncd_secrets_read(conf, err), expected);
    assert_null(getenv("WPPKG_S3_ACCESS_KEY_ID"));
    assert_null(getenv("WPPKG_S3_SECRET_ACCESS_KEY"));
    assert_null(getenv("WPPKG_S3_SESSION_TOKEN"));
    assert_null(getenv("WPPKG_ADVISORIES_KEY"));
}


static void
set_secrets(const char *access, const char *secret, const char *dir)
{
    if (access != NULL) {
        assert_int_equal(setenv("WPPKG_S3_ACCESS_KEY_ID", access, 1), 0);
    }

    if (secret != NULL) {
        assert_int_equal(setenv("WPPKG_S3_SECRET_ACCESS_KEY", secret, 1), 0);
    }

    if (dir != NULL) {
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);

    } else {
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    }
}


static void
test_secrets(void **state)
{
    char           path[160], token[160], text[3000], *value;
    syncd_conf_t   conf, old;
    wppkg_error_t  err;

    /* none at all is for the command to judge */

    set_secrets(NULL, NULL, conf_dir);
    read_secrets(&conf, WPPKG_OK, &err);
    assert_null(conf.s3_access_key);
    assert_null(conf.s3_secret_key);

    /* one of the environment, one of a file, one LF of which goes */

    (void) snprintf(path, sizeof(path), "%s/s3-secret-access-key", conf_dir);
    write_text(path, "from/file+\n", 11);

    set_secrets("AK", NULL, conf_dir);
    value = getenv("WPPKG_S3_ACCESS_KEY_ID");
    read_secrets(&conf, WPPKG_OK, &err);
    assert_string_equal(conf.s3_access_key, "AK");
    assert_string_equal(conf.s3_secret_key, "from/file+");
    assert_string_equal(value, "");           /* wiped, not only unset */
    syncd_conf_free(&conf);

    /* the third key, of a file or of the environment; it may be long */

    (void) snprintf(token, sizeof(token), "%s/s3-session-token", conf_dir);
    memset(text, 'x', sizeof(text));
    write_text(token, text, sizeof(text));

    set_secrets("AK", NULL, conf_dir);
    read_secrets(&conf, WPPKG_OK, &err);
    assert_int_equal(strlen(conf.s3_session_token), sizeof(text));
    syncd_conf_free(&conf);
    assert_null(conf.s3_session_token);

    assert_int_equal(setenv("WPPKG_S3_SESSION_TOKEN", "T", 1), 0);
    set_secrets("AK", NULL, conf_dir);
    read_secrets(&old, WPPKG_OK, &err);
    assert_string_equal(old.s3_session_token, "T");

    /* what is not given anew is kept */

    assert_int_equal(unlink(token), 0);
    set_secrets("AK2", NULL, NULL);
    read_secrets(&conf, WPPKG_OK, &err);
    assert_null(conf.s3_session_token);
    assert_int_equal(syncd_secrets_keep(&conf, &old), WPPKG_OK);
    assert_string_equal(conf.s3_access_key, "AK2");
    assert_string_equal(conf.s3_secret_key, "from/file+");
    assert_string_equal(conf.s3_session_token, "T");
    syncd_conf_free(&conf);
    syncd_conf_free(&old);

    /* the environment comes first */

    set_secrets("AK", "env", conf_dir);
    read_secrets(&conf, WPPKG_OK, &err);
    assert_string_equal(conf.s3_secret_key, "env");
    syncd_conf_free(&conf);

    /* what is no key is refused without a byte of it being told */

    write_text(path, "hunter2\n\n", 9);
    set_secrets("AK", NULL, conf_dir);
    read_secrets(&conf, WPPKG_ERROR, &err);
    assert_non_null(strstr(err.text, "s3-secret-access-key has a byte"));
    assert_null(strstr(err.text, "hunter2"));
    syncd_conf_free(&conf);

    write_text(path, "\n", 1);
    read_secrets(&conf, WPPKG_ERROR, &err);
    assert_non_null(strstr(err.text, "is empty"));
    syncd_conf_free(&conf);

    set_secrets("hunter 2", "x", NULL);
    read_secrets(&conf, WPPKG_ERROR, &err);
    assert_non_null(strstr(err.text, "WPPKG_S3_ACCESS_KEY_ID has a byte"));
    assert_null(strstr(err.text, "hunter"));
    syncd_conf_free(&conf);
}


static void
slurp(const char *path, wppkg_buf_t *text)
{
    int    c;
    char   byte;
    FILE  *fp;

    wppkg_buf_init(text, 1024 * 1024);

    fp = fopen(path, "r");
    assert_non_null(fp);

    for (c = getc(fp); c != EOF; c = getc(fp)) {
        byte = (char) c;
        wppkg_buf_append(text, &byte, 1);
    }

    assert_int_equal(fclose(fp), 0);
    assert_true(wppkg_buf_ok(text));
}


/* the part of a text between a heading and the next one */

static char *
section(const char *text, const char *before, const char *name,
    const char *next)
{
    char         heading[64], *copy;
    const char  *start, *end;

    (void) snprintf(heading, sizeof(heading), "%s[%s]\n", before, name);

    start = strstr(text, heading);

    if (start == NULL) {
        fail_msg("there is no %s", heading);
    }

    start += strlen(heading);
    end = strstr(start, next);

    copy = strndup(start, (end != NULL) ? (size_t) (end - start)
                                        : strlen(start));
    assert_non_null(copy);

    return copy;
}


static void
test_documented(void **state)
{
    char                    *part, line[160];
    const char              *entry, *next, *stated;
    wppkg_buf_t              example, page;
    const syncd_conf_key_t  *key;

    slurp("wppkg.conf.example", &example);
    slurp("docs/wppkg.conf.5", &page);

    for (key = syncd_conf_keys; key->section != NULL; key++) {

        part = section(example.data, "\n", key->section, "\n[");

        if (key->value != NULL) {
            (void) snprintf(line, sizeof(line), "\n#%s =%s%s\n", key->name,
                            key->value[0] != '\0' ? " " : "", key->value);

        } else {
            (void) snprintf(line, sizeof(line), "%s = ", key->name);
        }

        if (strstr(part, line) == NULL) {
            fail_msg("wppkg.conf.example, [%s]: no %s", key->section, line);
        }

        free(part);

        part = section(page.data, ".SS ", key->section, "\n.S");
        (void) snprintf(line, sizeof(line), ".TP\n.B %s\n", key->name);

        entry = strstr(part, line);

        if (entry == NULL) {
            fail_msg("wppkg.conf(5), [%s]: no %s", key->section, key->name);
        }

        if (key->value != NULL && key->value[0] != '\0') {
            next = strstr(entry + 1, "\n.TP");
            (void) snprintf(line, sizeof(line), "\nDefault: %s.",
                            key->value);
            stated = strstr(entry, line);

            if (stated == NULL || (next != NULL && stated > next)) {
                fail_msg("wppkg.conf(5), [%s]: %s has not: %s",
                         key->section, key->name, line);
            }
        }

        free(part);
    }

    wppkg_buf_free(&example);
    wppkg_buf_free(&page);
}


/* it is valid as it is, and with every key in it that may stand by others */

static void
test_example(void **state)
{
    char          *s;
    syncd_conf_t   conf;
    wppkg_buf_t    example, all;

    slurp("wppkg.conf.example", &example);
    accepted(example.data, &conf);
    assert_string_equal(conf.catalogue, "/var/lib/wppkg/catalogue.db");
    assert_null(conf.s3_endpoint);
    syncd_conf_free(&conf);

    wppkg_buf_init(&all, 1024 * 1024);

    for (s = example.data; *s != '\0'; s++) {

        if (s[0] != '#' || s[1] < 'a' || s[1] > 'z'
            || strncmp(s, "#url =", 6) == 0
            || strncmp(s, "#path =", 7) == 0)
        {
            wppkg_buf_append(&all, s, 1);
        }
    }

    accepted(all.data, &conf);
    assert_string_equal(conf.s3_prefix, "");
    assert_non_null(conf.s3_endpoint);
    assert_int_equal(conf.retries, 4);
    syncd_conf_free(&conf);

    wppkg_buf_free(&all);
    wppkg_buf_free(&example);
}


static int
setup(void **state)
{
    const char  *tmp;

    tmp = getenv("TMPDIR");

    /* in pieces, for "make lint" takes the whole for a left-over mark */

    (void) snprintf(conf_dir, sizeof(conf_dir), "%s/conf-" "XX" "XX" "XX",
                    tmp != NULL ? tmp : "/tmp");

    if (mkdtemp(conf_dir) == NULL) {
        return -1;
    }

    (void) snprintf(conf_file, sizeof(conf_file), "%s/c", conf_dir);

    return 0;
}


static int
teardown(void **state)
{
    char  path[160];

    (void) snprintf(path, sizeof(path), "%s/s3-secret-access-key", conf_dir);
    (void) unlink(path);
    (void) unlink(conf_file);

    return rmdir(conf_dir);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_socket),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_advisories),
        cmocka_unit_test(test_bucket_halves),
        cmocka_unit_test(test_secret_in_file),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_example)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, setup, teardown);
}
