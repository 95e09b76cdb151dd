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
 * only goes wrong when a version is compared.
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

while (($line = fgets(STDIN)) !== false) {
    try {
        $constraint = $parser->parseConstraints(rtrim($line, "\n"));

        $constraint->matches(new Constraint('==', '1.2.0.0'));
        CompilingMatcher::match($constraint, Constraint::OP_EQ, 'dev-trunk');
        CompilingMatcher::match($constraint, Constraint::OP_EQ, '1.0.0.0');

        echo "ok\n";
    } catch (Throwable $e) {
        echo "ERR\n";
    }
}
