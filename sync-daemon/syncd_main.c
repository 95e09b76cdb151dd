
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * wppkg-syncd: the command line.
 */


#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "syncd_backup.h"
#include "syncd_caller.h"
#include "syncd_check.h"
#include "syncd_check_lock.h"
#include "syncd_conf.h"
#include "syncd_run.h"
#include "syncd_secrets.h"
#include "syncd_service.h"
#include "syncd_setup.h"
#include "syncd_stages.h"
#include "syncd_status.h"
#include "syncd_task.h"
#include "syncd_usage.h"
#include "wppkg_sqlite.h"


#define SYNCD_MAIN_SPARE    (2 * 1024 * 1024)
#define SYNCD_MAIN_UNDO     (124 * 1024)
#define SYNCD_MAIN_CHANGES  4096      /* bytes of the names of all keys */

typedef struct {
    syncd_setup_t  setup;
    syncd_run_t    run;           /* "run": the pipeline */
    unsigned       svn:1;         /* "run": discover from Subversion */
    const char    *command;
    int            argc;          /* what follows it */
    char         **argv;
} syncd_cli_t;


typedef struct {
    const char    *name;
    const char    *usage;
    const char    *help;
    int          (*handler)(syncd_cli_t *cli);
} syncd_command_t;


static int syncd_main(syncd_cli_t *cli, int argc, char **argv);
static const syncd_command_t *syncd_main_command(const char *name);
static int syncd_main_help(const syncd_command_t *command);
static int syncd_main_asks_help(const syncd_cli_t *cli);
static int syncd_main_is_help(const char *argument);
static int syncd_main_end(int code);

static int syncd_main_migrate(syncd_cli_t *cli);
static int syncd_main_task(syncd_cli_t *cli);
static void syncd_main_core(const syncd_cli_t *cli, syncd_run_t *run);
static int syncd_main_advisories(syncd_cli_t *cli);
static int syncd_main_discover(syncd_cli_t *cli);
static int syncd_main_run(syncd_cli_t *cli);
static int syncd_main_check(syncd_cli_t *cli);
static int syncd_main_backup(syncd_cli_t *cli);
static int syncd_main_restore(syncd_cli_t *cli);
static int syncd_main_check_lock(syncd_cli_t *cli);
static int syncd_main_import(syncd_cli_t *cli);
static int syncd_main_status(syncd_cli_t *cli);

static int syncd_main_pipeline(syncd_cli_t *cli);
static void syncd_main_repeats(syncd_cli_t *cli);
static int syncd_main_reload(void *ctx);
static void syncd_main_changed(const syncd_cli_t *cli,
    const syncd_conf_t *conf);
static int syncd_main_asked(void *ctx, char *const *words, int n,
    syncd_task_t *task);
static int syncd_main_file(syncd_cli_t *cli,
    int (*handler)(const syncd_conf_t *conf, const char *file));
static int syncd_main_one(const syncd_cli_t *cli);
static int syncd_main_json(const syncd_cli_t *cli, int *json,
    const char **argument);
static int syncd_main_options(const syncd_cli_t *cli,
    const char *const *options, unsigned *given);


static const syncd_command_t  syncd_commands[] = {

    { "migrate", "migrate",
      "creates the catalogue, or brings it up to date after an upgrade",
      syncd_main_migrate },

    { "discover", "discover --source=list FILE",
      "adds the packages that FILE lists (\"-\": standard input), one\n"
      "      plugin/SLUG or theme/SLUG a line; --source=svn: adds and marks\n"
      "      what was committed to WordPress.org since the last time",
      syncd_main_discover },

    { "backfill", "backfill",
      "reads the history of WordPress.org's repositories, for the times of\n"
      "      releases; takes a day or two, and goes on where it was stopped",
      syncd_main_task },

    { "update", "update [PACKAGE...]",
      "fetches the packages that are due, or just those that are named",
      syncd_main_task },

    { "add", "add PACKAGE...",
      "takes packages into the catalogue, plugin/SLUG or theme/SLUG, and\n"
      "      fetches them",
      syncd_main_task },

    { "remove", "remove PACKAGE...",
      "takes packages out; they stay out, until \"add\"",
      syncd_main_task },

    { "sweep", "sweep [--force]",
      "finds packages that were closed or opened again; --force: believes\n"
      "      any number of them at once",
      syncd_main_task },

    { "advisories", "advisories [--force] [--unmatched]",
      "asks the sources of [advisories] what is known to be vulnerable;\n"
      "      --force: believes that any number of advisories have gone;\n"
      "      --unmatched: asks nobody; prints those of packages that the\n"
      "      catalogue does not have",
      syncd_main_advisories },

    { "mirror", "mirror [--all] [--force]",
      "takes what is new from the repository of [origin]; --all: compares\n"
      "      everything with it; --force: believes any number of deletions",
      syncd_main_task },

    { "dist", "dist PACKAGE...",
      "fetches the zips that [dist] wants of packages, due or not",
      syncd_main_task },

    { "sync", "sync",
      "makes the bucket equal to the catalogue",
      syncd_main_task },

    { "audit", "audit [--repair] [--delete-foreign]",
      "compares the whole bucket with the catalogue; --repair: uploads what\n"
      "      is missing or differs, and deletes what should be gone;\n"
      "      --delete-foreign: deletes what the catalogue does not know",
      syncd_main_task },

    { "run", "run [--once] [--source=svn]",
      "does all of it, every few minutes: discover (from [catalogue] list\n"
      "      or Subversion), sweep, advisories if there are sources of them,\n"
      "      core if it is on, update; with an [origin], mirror instead;\n"
      "      then sync, if there is a [bucket]; --once: one time, without\n"
      "      sweep",
      syncd_main_run },

    { "check", "check [--local]",
      "tells whether configuration, catalogue, keys, bucket, WordPress.org,\n"
      "      source of advisories and clock are in order; --local: the first\n"
      "      three alone",
      syncd_main_check },

    { "check-lock", "check-lock [--json] FILE",
      "tells of each WordPress package in FILE, a composer.lock (\"-\":\n"
      "      standard input), whether Composer would get it from here",
      syncd_main_check_lock },

    { "backup", "backup FILE",
      "writes a copy of the catalogue to FILE, also while the service runs",
      syncd_main_backup },

    { "restore", "restore FILE",
      "puts a backup in the place of the catalogue, while nginx serves it",
      syncd_main_restore },

    { "import", "import FILE",
      "takes what the database of wp-packages knows, also while its service\n"
      "      writes it: packages, history of closures, monthly installs",
      syncd_main_import },

    { "status", "status [--json] [PACKAGE]",
      "tells why a package is as it is, or the state of everything",
      syncd_main_status },

    { NULL, NULL, NULL, NULL }
};


int
main(int argc, char **argv)
{
    int          code;
    syncd_cli_t  cli;

    memset(&cli, 0, sizeof(syncd_cli_t));
    cli.setup.file = SYNCD_CONF_FILE;
    syncd_log_hides(&cli.setup.conf);

    (void) umask(022);            /* the web server reads what we make */
    syncd_signals();

    /*
     * Each transfer takes and frees memory: giving it back to the system and
     * asking for it again costs more than the transfer.  In bytes.
     */

    (void) mallopt(M_TRIM_THRESHOLD, SYNCD_MAIN_SPARE);
    (void) mallopt(M_MMAP_THRESHOLD, SYNCD_MAIN_SPARE);

    /*
     * What SQLite keeps to undo one package of a batch (a savepoint) is in
     * memory.  In a temporary file it is two dozen writes for each.  In bytes,
     * less than 128 KiB: what has outgrown it goes to a file by one write, and
     * SQLite takes one that is longer for a full disk.
     */

    (void) sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, SYNCD_MAIN_UNDO);

    code = syncd_main(&cli, argc, argv);

    syncd_conf_free(&cli.setup.conf);

    return syncd_main_end(code);
}


static int
syncd_main(syncd_cli_t *cli, int argc, char **argv)
{
    int                     i;
    const syncd_command_t  *command;

    for (i = 1; i < argc && argv[i][0] == '-'; i++) {

        if (syncd_main_is_help(argv[i])) {
            return syncd_main_help(NULL);
        }

        if (strcmp(argv[i], "--version") == 0) {
            printf("%s %s\n", SYNCD_NAME, WPPKG_VERSION);
            return SYNCD_DONE;
        }

        if (strcmp(argv[i], "-c") != 0) {
            return syncd_usage("unknown option \"%s\"", argv[i]);
        }

        if (++i == argc) {
            return syncd_usage("-c needs a FILE");
        }

        cli->setup.file = argv[i];
    }

    if (i == argc) {
        return syncd_usage("no command given");
    }

    command = syncd_main_command(argv[i]);

    if (command == NULL) {
        return syncd_usage("unknown command \"%s\"", argv[i]);
    }

    cli->command = command->name;
    cli->argc = argc - i - 1;
    cli->argv = argv + i + 1;

    if (syncd_main_asks_help(cli)) {
        return syncd_main_help(command);
    }

    return command->handler(cli);
}


static const syncd_command_t *
syncd_main_command(const char *name)
{
    const syncd_command_t  *command;

    for (command = syncd_commands; command->name != NULL; command++) {

        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }

    return NULL;
}


static int
syncd_main_help(const syncd_command_t *command)
{
    const syncd_command_t  *c;

    if (command != NULL) {
        printf("Usage: %s [-c FILE] %s\n\n  %s: %s.\n\n"
               "See %s(1).\n", SYNCD_NAME, command->usage, command->name,
               command->help, SYNCD_NAME);
        return SYNCD_DONE;
    }

    printf("Usage: %s [-c FILE] COMMAND [ARGUMENTS]\n\n"
           "Keeps a catalogue true to WordPress.org's plugins and themes, and "
           "a bucket\ntrue to the catalogue.\n\nCommands:\n", SYNCD_NAME);

    for (c = syncd_commands; c->name != NULL; c++) {
        printf("  %s\n      %s\n", c->usage, c->help);
    }

    printf("\nOptions:\n"
           "  -c FILE      the configuration, %s by default\n"
           "  --help       this text; after a command, that command's\n"
           "  --version    the version of the program\n\n"
           "Exit status: 0 done; 1 something failed, the next run does the "
           "rest;\n2 wrong usage or configuration, or a catalogue that cannot "
           "be used;\n75 another process holds the lock.\n\n"
           "See %s(1) and wppkg.conf(5).\n",
           SYNCD_CONF_FILE, SYNCD_NAME);

    return SYNCD_DONE;
}


static int
syncd_main_asks_help(const syncd_cli_t *cli)
{
    int  i;

    for (i = 0; i < cli->argc; i++) {

        if (syncd_main_is_help(cli->argv[i])) {
            return 1;
        }
    }

    return 0;
}


static int
syncd_main_is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}


/* a summary that could not be written is no success */

static int
syncd_main_end(int code)
{
    int  number;

    /* the reason of a failure before this one is not known any more */

    number = (fflush(stdout) != 0) ? errno : 0;

    if (number == 0 && !ferror(stdout)) {
        return code;
    }

    syncd_error("standard output cannot be written%s%s",
                (number != 0) ? ": " : "",
                (number != 0) ? strerror(number) : "");

    return (code == SYNCD_DONE) ? SYNCD_PARTIAL : code;
}


static int
syncd_main_migrate(syncd_cli_t *cli)
{
    syncd_run_t  run;

    if (cli->argc != 0) {
        return syncd_usage_argument(cli->argv[0]);
    }

    if (syncd_setup(&cli->setup) != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    memset(&run, 0, sizeof(syncd_run_t));
    run.command = "migrate";
    run.mode = WPPKG_CATALOGUE_MIGRATE;

    return syncd_run(&cli->setup.conf, &run);
}


/*
 * One run that does what the words after the command say: the service's, which
 * has the keys of the bucket, or our own.
 */

static int
syncd_main_task(syncd_cli_t *cli)
{
    int           rc, code;
    syncd_task_t  task;

    if (syncd_task_parse(cli->command, cli->argv, cli->argc, &task)
        != SYNCD_DONE || syncd_setup(&cli->setup) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    rc = syncd_caller(&cli->setup.conf, cli->command, cli->argv, cli->argc,
                      &code);

    if (rc == WPPKG_OK) {
        return code;
    }

    syncd_main_core(cli, &task.run);

    if (rc != WPPKG_DECLINED
        || syncd_setup_stages(&cli->setup, task.run.stages) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    return syncd_run(&cli->setup.conf, &task.run);
}


/* the same words, as the service has got them */

static int
syncd_main_asked(void *ctx, char *const *words, int n, syncd_task_t *task)
{
    syncd_cli_t  *cli;

    cli = ctx;

    if (syncd_task_parse(words[0], words + 1, n - 1, task) != SYNCD_DONE) {
        return SYNCD_USAGE;
    }

    syncd_main_core(cli, &task->run);

    return (syncd_setup_stages(&cli->setup, task->run.stages) == WPPKG_OK)
           ? SYNCD_DONE : SYNCD_USAGE;
}


/* "update" of all packages is of WordPress itself, too */

static void
syncd_main_core(const syncd_cli_t *cli, syncd_run_t *run)
{
    if (cli->setup.conf.core && run->stages == SYNCD_RUN_UPDATE
        && run->nnames == 0)
    {
        run->stages |= SYNCD_RUN_CORE;
    }
}


static int
syncd_main_advisories(syncd_cli_t *cli)
{
    if (cli->argc != 1 || strcmp(cli->argv[0], "--unmatched") != 0) {
        return syncd_main_task(cli);
    }

    if (syncd_setup(&cli->setup) != WPPKG_OK
        || syncd_setup_stages(&cli->setup, SYNCD_RUN_ADVISORIES) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    return syncd_status_unmatched(&cli->setup.conf);
}


static int
syncd_main_discover(syncd_cli_t *cli)
{
    int          i;
    char        *arg;
    const char  *source, *file;
    syncd_run_t  run;

    source = NULL;
    file = NULL;

    for (i = 0; i < cli->argc; i++) {
        arg = cli->argv[i];

        if (strncmp(arg, "--source=", 9) == 0) {
            source = arg + 9;

        } else if (file == NULL && (arg[0] != '-' || arg[1] == '\0')) {
            file = arg;

        } else {
            return syncd_usage_argument(arg);
        }
    }

    if (source == NULL) {
        return syncd_usage("discover needs --source=list FILE or "
                                "--source=svn");
    }

    if (strcmp(source, "svn") == 0) {

        if (file != NULL) {
            return syncd_usage_argument(file);
        }

    } else if (strcmp(source, "list") != 0) {
        return syncd_usage("unknown source \"%s\"", source);

    } else if (file == NULL || file[0] == '\0') {
        return syncd_usage("--source=list needs a FILE");
    }

    if (syncd_setup(&cli->setup) != WPPKG_OK
        || syncd_setup_stages(&cli->setup, SYNCD_RUN_DISCOVER) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    memset(&run, 0, sizeof(syncd_run_t));
    run.command = "discover";
    run.mode = WPPKG_CATALOGUE_WRITE;
    run.stages = SYNCD_RUN_DISCOVER;
    run.list = file;

    return syncd_run(&cli->setup.conf, &run);
}


static int
syncd_main_run(syncd_cli_t *cli)
{
    int              i, once;
    syncd_service_t  service;

    once = 0;

    for (i = 0; i < cli->argc; i++) {

        if (strcmp(cli->argv[i], "--once") == 0) {
            once = 1;

        } else if (strcmp(cli->argv[i], "--source=svn") == 0) {
            cli->svn = 1;

        } else {
            return syncd_usage_argument(cli->argv[i]);
        }
    }

    if (syncd_setup(&cli->setup) != WPPKG_OK
        || syncd_main_pipeline(cli) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    if (once) {
        return syncd_run(&cli->setup.conf, &cli->run);
    }

    syncd_main_repeats(cli);

    service.conf = &cli->setup.conf;
    service.run = &cli->run;
    service.reload = syncd_main_reload;
    service.task = syncd_main_asked;
    service.ctx = cli;

    return syncd_service(&service);
}


/* the stages that the configuration asks for */

static int
syncd_main_pipeline(syncd_cli_t *cli)
{
    unsigned      svn;
    syncd_run_t  *run;

    run = &cli->run;

    memset(run, 0, sizeof(syncd_run_t));
    run->command = "run";
    run->mode = WPPKG_CATALOGUE_WRITE;
    run->pipeline = 1;
    run->stages = SYNCD_RUN_UPDATE;

    if (cli->setup.conf.origin_url != NULL) {
        run->stages = SYNCD_RUN_MIRROR;
    }

    svn = (cli->svn || cli->setup.conf.follow);

    if (svn || cli->setup.conf.list != NULL) {
        run->stages |= SYNCD_RUN_DISCOVER;
        run->list = svn ? NULL : cli->setup.conf.list;
    }

    if (svn && cli->setup.conf.backfill) {
        run->stages |= SYNCD_RUN_BACKFILL;
        run->part = 1;
    }

    if (cli->setup.conf.advisories_url != NULL
        || cli->setup.conf.advisories_files[0] != NULL)
    {
        run->stages |= SYNCD_RUN_ADVISORIES;
    }

    if (cli->setup.conf.core) {
        run->stages |= SYNCD_RUN_CORE;
    }

    if (cli->setup.conf.downloads != NULL) {
        run->stages |= SYNCD_RUN_INSTALLS;
    }

    if (cli->setup.conf.s3_endpoint != NULL) {
        run->stages |= SYNCD_RUN_SYNC;
    }

    if (cli->setup.conf.dist_path != NULL) {
        run->stages |= SYNCD_RUN_DIST;
    }

    return syncd_setup_stages(&cli->setup, run->stages);
}


/* a service runs again, and sweeps, each cycle its part */

static void
syncd_main_repeats(syncd_cli_t *cli)
{
    cli->run.interval = cli->setup.conf.interval;

    if (cli->setup.conf.sweep > 0 && cli->setup.conf.origin_url == NULL) {
        cli->run.stages |= SYNCD_RUN_SWEEP;
        cli->run.spread = 1;
    }
}


static int
syncd_main_reload(void *ctx)
{
    int           rc;
    syncd_cli_t  *cli, new;

    cli = ctx;

    memset(&new, 0, sizeof(syncd_cli_t));
    new.setup.file = cli->setup.file;
    new.svn = cli->svn;

    rc = syncd_setup(&new.setup);

    if (rc == WPPKG_OK
        && strcmp(new.setup.conf.catalogue, cli->setup.conf.catalogue) != 0)
    {
        syncd_error("%s: \"path\" in [catalogue] has changed: restart the "
                    "service, which holds the lock of the old one",
                    cli->setup.file);
        rc = WPPKG_ERROR;
    }

    if (rc == WPPKG_OK
        && syncd_secrets_keep(&new.setup.conf, &cli->setup.conf) != WPPKG_OK)
    {
        syncd_error("%s: out of memory", cli->setup.file);
        rc = WPPKG_ERROR;
    }

    if (rc == WPPKG_OK) {
        rc = syncd_main_pipeline(&new);
    }

    if (rc == WPPKG_OK) {
        syncd_main_changed(cli, &new.setup.conf);
        syncd_conf_free(&cli->setup.conf);

        cli->setup.conf = new.setup.conf;
        cli->run = new.run;
        cli->setup.secrets = new.setup.secrets;
        syncd_main_repeats(cli);

    } else {
        syncd_conf_free(&new.setup.conf);
    }

    return rc;
}


static void
syncd_main_changed(const syncd_cli_t *cli, const syncd_conf_t *conf)
{
    wppkg_buf_t  changes;
    const char  *was, *is;

    wppkg_buf_init(&changes, SYNCD_MAIN_CHANGES);
    syncd_conf_changes(&cli->setup.conf, conf, &changes);

    if (changes.len == 0) {
        syncd_info("the configuration has been read again; nothing in it has "
                   "changed");

    } else {
        syncd_info("the configuration has been read again; changed: %s",
                   changes.data);
    }

    was = cli->setup.conf.control;
    is = conf->control;

    if (strcmp((was != NULL) ? was : "off", (is != NULL) ? is : "off") != 0) {
        syncd_warn("%s: \"control\" in [service] has changed: that counts "
                   "after a restart", cli->setup.file);
    }

    wppkg_buf_free(&changes);
}


static int
syncd_main_check(syncd_cli_t *cli)
{
    unsigned       given;
    syncd_check_t  check;

    static const char *const  options[] = { "--local", NULL };

    if (syncd_main_options(cli, options, &given) != WPPKG_OK
        || syncd_setup(&cli->setup) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    check.conf = &cli->setup.conf;
    check.file = cli->setup.file;
    check.secrets = cli->setup.secrets.text;

    return syncd_check(&check, (int) (given & 1));
}


static int
syncd_main_backup(syncd_cli_t *cli)
{
    return syncd_main_file(cli, syncd_backup);
}


static int
syncd_main_restore(syncd_cli_t *cli)
{
    return syncd_main_file(cli, syncd_restore);
}


/* a command whose only argument is a file */

static int
syncd_main_file(syncd_cli_t *cli,
    int (*handler)(const syncd_conf_t *conf, const char *file))
{
    if (syncd_main_one(cli) != SYNCD_DONE
        || syncd_setup(&cli->setup) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    return handler(&cli->setup.conf, cli->argv[0]);
}


/* whether there is just that argument */

static int
syncd_main_one(const syncd_cli_t *cli)
{
    if (cli->argc > 0 && cli->argv[0][0] == '-') {
        return syncd_usage_argument(cli->argv[0]);
    }

    if (cli->argc > 1) {
        return syncd_usage_argument(cli->argv[1]);
    }

    if (cli->argc == 0 || cli->argv[0][0] == '\0') {
        return syncd_usage("it needs a FILE");
    }

    return SYNCD_DONE;
}


static int
syncd_main_import(syncd_cli_t *cli)
{
    syncd_run_t  run;

    if (syncd_main_one(cli) != SYNCD_DONE
        || syncd_setup(&cli->setup) != WPPKG_OK
        || syncd_setup_stages(&cli->setup, SYNCD_RUN_IMPORT) != WPPKG_OK)
    {
        return SYNCD_USAGE;
    }

    memset(&run, 0, sizeof(syncd_run_t));
    run.command = "import";
    run.mode = WPPKG_CATALOGUE_WRITE;
    run.stages = SYNCD_RUN_IMPORT;
    run.list = cli->argv[0];

    return syncd_run(&cli->setup.conf, &run);
}


static int
syncd_main_check_lock(syncd_cli_t *cli)
{
    int          json;
    const char  *file;

    if (syncd_main_json(cli, &json, &file) != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    if (file == NULL || file[0] == '\0') {
        return syncd_usage("it needs a FILE");
    }

    if (syncd_setup(&cli->setup) != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    return syncd_check_lock(&cli->setup.conf, file, json);
}


static int
syncd_main_status(syncd_cli_t *cli)
{
    int          json;
    const char  *name;

    if (syncd_main_json(cli, &json, &name) != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    if (name != NULL && syncd_usage_package(name) != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    if (syncd_setup(&cli->setup) != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    return syncd_status(&cli->setup.conf, name, json);
}


/* the option --json, and one argument, NULL if there is none */

static int
syncd_main_json(const syncd_cli_t *cli, int *json, const char **argument)
{
    int          i;
    const char  *arg;

    *json = 0;
    *argument = NULL;

    for (i = 0; i < cli->argc; i++) {
        arg = cli->argv[i];

        if (strcmp(arg, "--json") == 0) {
            *json = 1;

        } else if (*argument == NULL && (arg[0] != '-' || arg[1] == '\0')) {
            *argument = arg;

        } else {
            (void) syncd_usage_argument(arg);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


/*
 * Which of these options are given, a bit each, to a command that takes
 * nothing else.
 */

static int
syncd_main_options(const syncd_cli_t *cli, const char *const *options,
    unsigned *given)
{
    int     i;
    size_t  k;

    *given = 0;

    for (i = 0; i < cli->argc; i++) {

        for (k = 0; options[k] != NULL; k++) {
            if (strcmp(cli->argv[i], options[k]) == 0) {
                break;
            }
        }

        if (options[k] == NULL) {
            (void) syncd_usage_argument(cli->argv[i]);
            return WPPKG_ERROR;
        }

        *given |= 1U << k;
    }

    return WPPKG_OK;
}


