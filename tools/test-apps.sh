#!/usr/bin/env bash
# Replays flows on outside applications and counts the result in the application's own data.
# usage: tools/test-apps.sh DIR [APP…]
#   DIR/APP.sh start PORT WORKDIR, DIR/APP.sh stop WORKDIR; APP is a folder of fixtures/apps.
#   ITERATIONS (100): how often each flow is walked. PROFILE (release): of the build that walks.
set -euo pipefail
cd "$(dirname "$0")/.."

apps=$(realpath "${1:?usage: tools/test-apps.sh DIR [APP…]}")
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(oscar wagtail ttrss node-red)
iterations=${ITERATIONS:-100}
profile=${PROFILE:-release}
rehearsal=${CARGO_TARGET_DIR:-target}/${profile/#dev/debug}/rehearsal
work=$(mktemp -d)
# The applications' PostgreSQL runs as another user, who must reach its folder.
chmod 755 "$work"

. tools/apps.sh
trap 'stop_apps; rm -rf "$work"' EXIT

failed=0
for name in "${names[@]}"; do
    echo "== $name" >&2
    url=$(start_app "$name")
    REHEARSAL_SECRET_LAB_PASSWORD=$(told "$name" LOGIN_PASSWORD)
    export REHEARSAL_SECRET_LAB_PASSWORD
    before=$(count "$name")
    code=0
    "$rehearsal" run "fixtures/apps/$name/rehearsal.toml" --url "$url" --iterations "$iterations" \
        --runs "$work/runs-$name" --json >"$work/summary.json" || code=$?
    after=$(count "$name")
    "$apps/$name.sh" stop "$work/$name"
    python3 - "$name" "$work/summary.json" "$iterations" "$((after - before))" "$code" <<'P' || failed=1
import json, sys
name, path, wanted, added, code = sys.argv[1:]
summary = json.load(open(path))
i = summary["iterations"]
for failure in summary["failures"]:
    print(f"  {failure['count']} x {failure['step']}: {failure['message']}")
ok = code == "0" and i["passed"] == int(wanted) == int(added) and i["failed"] == 0
print(f"{name}: {i['passed']} of {wanted} iterations passed, {i['failed']} failed, "
      f"{added} results in the application's own data: {'ok' if ok else 'NOT OK'}")
sys.exit(not ok)
P
done
exit $failed
