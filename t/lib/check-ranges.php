<?php

/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Composer's own library as the judge of ranges of versions:
 *
 *     php check-ranges.php FOLDER < JUDGED
 *
 * FOLDER is where Composer/Semver is.  A line has three parts, "|||" between
 * them: the ranges, as t/lib/ranges.c reads them; the constraint that is to
 * say the same, "-" for none; versions, with tabs between them.  Each range
 * alone is a constraint, without an end that is no version.  Prints for each
 * line how many versions are affected by the ranges, by the constraint but not
 * by them, by them but not by the constraint, and how many ranges lack an end
 * that was told; or "ERR" and why, if Composer cannot parse something.
 */

declare(strict_types=1);

require $argv[1] . '/Composer/Semver/autoload.php';

use Composer\Semver\Constraint\Constraint;
use Composer\Semver\VersionParser;


set_error_handler(function (int $severity, string $message): bool {
    throw new ErrorException($message, 0, $severity);
});

$parser = new VersionParser();

/*
 * An end of a range as a part of a constraint, "" for none: a branch, or what
 * has a flag or an alias, is no version of a source's.
 */

function part(string $operator, string $version): string
{
    global $parser;

    $version = trim($version);

    try {
        $parser->parseConstraints($operator . $version);
        $normalized = $parser->normalize($version);
    } catch (Throwable $e) {
        return '';
    }

    $none = strncmp($normalized, 'dev-', 4) === 0
            || strpbrk($version, '@ ') !== false;

    return $none ? '' : $operator . $version;
}

while (($line = fgets(STDIN)) !== false) {
    try {
        [$ranges, $ours, $versions] = explode('|||', rtrim($line, "\n"));

        $theirs = [];
        $wider = 0;

        foreach (array_chunk(explode("\t", $ranges), 4) as $range) {
            [$from, $fromInclusive, $to, $toInclusive] = $range;
            $parts = [];
            $lacks = 0;

            foreach ([[$from, '>' . ($fromInclusive === '1' ? '=' : '')],
                      [$to, '<' . ($toInclusive === '1' ? '=' : '')]]
                     as [$version, $operator]) {
                if ($version === '*' || $version === '') {
                    continue;
                }
                $part = part($operator, $version);
                $lacks |= (int) ($part === '');
                $parts[] = $part;
            }

            $text = implode(',', array_filter($parts, 'strlen'));
            $theirs[] = $parser->parseConstraints($text === '' ? '*' : $text);
            $wider += $lacks;
        }

        $ours = $ours === '-' ? null : $parser->parseConstraints($ours);
        $affected = $more = $less = 0;

        foreach (explode("\t", $versions) as $version) {
            $v = new Constraint('==', $parser->normalize($version));
            $told = false;

            foreach ($theirs as $constraint) {
                $told = $told || $constraint->matches($v);
            }

            $is = $ours !== null && $ours->matches($v);
            $affected += (int) $told;
            $more += (int) ($is && !$told);
            $less += (int) ($told && !$is);
        }

        echo "$affected\t$more\t$less\t$wider\n";
    } catch (Throwable $e) {
        echo "ERR {$e->getMessage()}\n";
    }
}
