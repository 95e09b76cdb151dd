#!/usr/bin/perl

# SPDX-License-Identifier: BSD-2-Clause

use strict;
use warnings;
use lib 't/lib';
use Test::WPPkg::Unit;
run('glob');
