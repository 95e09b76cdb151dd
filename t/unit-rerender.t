#!/usr/bin/perl
use strict;
use warnings;
use lib 't/lib';
use Test::WPPkg::Unit;
run('rerender');
