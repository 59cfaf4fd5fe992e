#!/bin/sh
# Text rules that no compiler holds: nothing left to do on main, shell scripts clean.
set -eu
cd "$(dirname "$0")/.."

if git grep -nwE 'TODO|FIXME|XXX' -- ':!tools/check-text.sh'; then
    echo 'finish these or write an issue; main holds no reminders' >&2
    exit 1
fi
if command -v shellcheck >/dev/null 2>&1; then
    # shellcheck disable=SC2046 # a list of files
    shellcheck $(git ls-files '*.sh' .ci/run)
fi
