#!/usr/bin/env bash
# Runs a command that must end with exit code 1; prints what it said on both streams.
"$@" 2>&1
rc=$?
[ $rc = 1 ] || echo "EXIT CODE $rc"
[ $rc = 1 ]
