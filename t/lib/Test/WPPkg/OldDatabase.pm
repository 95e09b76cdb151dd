package Test::WPPkg::OldDatabase;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A database as wp-packages has it with one of the schemas 18 to 30, as far as
# anybody reads it: tables and columns come with the migration that adds them.


use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();

our @EXPORT = qw(old_database old_packages old_schema);

my $json = JSON::PP->new->utf8->canonical;


# The SQL of an empty one.

sub old_schema {
    my ($schema) = @_;

    my @more = (
        [ 21, 'wporg_version TEXT' ],
        [ 23, 'trunk_revision INTEGER' ],
        [ 24, 'content_hash TEXT' ],
        [ 24, 'deployed_hash TEXT' ],
        [ 24, 'content_changed_at TEXT' ],
        [ 27, 'permanently_closed INTEGER NOT NULL DEFAULT 0' ],
    );
    my $columns = join '', map { ", $_->[1]" } grep { $schema >= $_->[0] }
                  @more;

    my $sql = "PRAGMA journal_mode = WAL;
        CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT,
            version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
            tstamp TIMESTAMP DEFAULT (datetime('now')));
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
            WHERE i < $schema)
            INSERT INTO goose_db_version (version_id, is_applied)
            SELECT i, 1 FROM n;
        CREATE TABLE packages (id INTEGER PRIMARY KEY, type TEXT NOT NULL,
            name TEXT NOT NULL, display_name TEXT, description TEXT,
            author TEXT, homepage TEXT, slug_url TEXT,
            versions_json TEXT NOT NULL DEFAULT '{}', current_version TEXT,
            downloads INTEGER NOT NULL DEFAULT 0,
            active_installs INTEGER NOT NULL DEFAULT 0, rating REAL,
            num_ratings INTEGER NOT NULL DEFAULT 0,
            is_active INTEGER NOT NULL DEFAULT 1, last_committed TEXT,
            last_synced_at TEXT, last_sync_run_id INTEGER,
            wp_packages_installs_total INTEGER NOT NULL DEFAULT 0,
            wp_packages_installs_30d INTEGER NOT NULL DEFAULT 0,
            last_installed_at TEXT, created_at TEXT, updated_at TEXT$columns,
            UNIQUE (type, name));
        CREATE TABLE install_events (id INTEGER PRIMARY KEY,
            package_id INTEGER NOT NULL, version TEXT, ip_hash TEXT,
            user_agent_hash TEXT, dedupe_bucket INTEGER NOT NULL,
            dedupe_hash TEXT NOT NULL, created_at TEXT NOT NULL,
            UNIQUE (dedupe_hash, dedupe_bucket));
        CREATE TABLE site_meta (key TEXT PRIMARY KEY, value TEXT);";

    $sql .= "CREATE TABLE monthly_installs (package_id INTEGER NOT NULL,
                 month TEXT NOT NULL, installs INTEGER NOT NULL DEFAULT 0,
                 PRIMARY KEY (package_id, month));" if $schema >= 22;

    $sql .= "CREATE TABLE status_check_changes (id INTEGER PRIMARY KEY,
                 status_check_id INTEGER, package_type TEXT,
                 package_name TEXT, action TEXT, created_at TEXT);"
        if $schema >= 26;

    return $sql;
}


# Writes one of a schema, and what $sql adds; returns its path.

sub old_database {
    my ($t, $name, $schema, $sql) = @_;

    my $file = $t->path($name);

    unlink map { "$file$_" } '', '-wal', '-shm';
    $t->sql(old_schema($schema) . ($sql || ''), $file);

    return $file;
}


# The SQL of rows of packages, each a hash by column.  "versions": tags, for
# which there are zips at WordPress.org.

sub old_packages {
    my (@packages) = @_;

    return join '', map { old_package(%$_) } @packages;
}


sub old_package {
    my %p = (
        type => 'plugin', is_active => 1,
        last_synced_at => '2026-11-01T10:00:00Z',
        created_at => '2026-06-01T10:00:00Z', @_,
    );

    if (my $versions = delete $p{versions}) {
        $p{versions_json} = $json->encode({ map {
            s/^v//ir => "https://downloads.wordpress.org/$p{type}/"
                        . "$p{name}.$_.zip"
        } @$versions });
    }

    my @columns = sort keys %p;

    return "INSERT INTO packages (" . join(', ', @columns) . ') VALUES ('
           . join(', ', map { defined $p{$_} ? "'" . $p{$_} =~ s/'/''/gr . "'"
                                             : 'NULL' } @columns) . ");\n";
}


1;
