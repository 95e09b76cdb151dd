<?php

/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Composer's own parser as the judge of version constraints:
 *
 *     php check-constraints.php FOLDER < CONSTRAINTS
 *
 * FOLDER is where Composer/Semver is.  Prints "ok" or "ERR" for each line.  A
 * notice counts as well, for Composer makes an exception of it; so does what
 * only goes wrong when a version is compared.  A line may have several
 * constraints, with tabs between: then it is "ok" that "||" joins them to one
 * that has the versions that any of them has.
 */

declare(strict_types=1);

require $argv[1] . '/Composer/Semver/autoload.php';

use Composer\Semver\CompilingMatcher;
use Composer\Semver\Constraint\Constraint;
use Composer\Semver\VersionParser;


set_error_handler(function (int $severity, string $message): bool {
    throw new ErrorException($message, 0, $severity);
});

$parser = new VersionParser();

$versions = ['0.0.0.0', '0.3.0.0', '0.9.9.9', '1.0.0.0', '1.0.0.0-beta2',
    '1.0.0.0-dev', '1.2.0.0', '1.2.3.0', '1.2.3.4', '1.9.0.0', '2.0.0.0',
    '2024.1.2.0', '20240102', '9999999-dev', 'dev-trunk', 'dev-foo'];

$has = function (string $constraint) use ($parser, $versions): array {
    $parsed = $parser->parseConstraints($constraint);

    return array_filter($versions, fn (string $version): bool =>
        $parsed->matches($parser->parseConstraints("==$version")));
};

while (($line = fgets(STDIN)) !== false) {
    try {
        $constraint = $parser->parseConstraints(
            strtr(rtrim($line, "\n"), ["\t" => '||']));

        $constraint->matches(new Constraint('==', '1.2.0.0'));
        CompilingMatcher::match($constraint, Constraint::OP_EQ, 'dev-trunk');
        CompilingMatcher::match($constraint, Constraint::OP_EQ, '1.0.0.0');

        $parts = explode("\t", rtrim($line, "\n"));

        if (count($parts) > 1) {
            $any = array_unique(array_merge(...array_map($has, $parts)));
            $all = array_values($has(implode('||', $parts)));
            sort($any);
            sort($all);

            echo $any === $all ? "ok\n" : "ERR\n";
            continue;
        }

        echo "ok\n";
    } catch (Throwable $e) {
        echo "ERR\n";
    }
}
