#!/usr/bin/env bash
# Replays flows on outside applications and counts the result in the application's own data.
# usage: tools/test-apps.sh DIR [APP…]
#   DIR/APP.sh start PORT WORKDIR, DIR/APP.sh stop WORKDIR; APP is a folder of fixtures/apps.
#   ITERATIONS (100): how often each flow is walked.
set -euo pipefail
cd "$(dirname "$0")/.."

apps=$(realpath "${1:?usage: tools/test-apps.sh DIR [APP…]}")
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(oscar wagtail ttrss node-red)
iterations=${ITERATIONS:-100}
rehearsal=${CARGO_TARGET_DIR:-target}/release/rehearsal
work=$(mktemp -d)
# The applications' PostgreSQL runs as another user, who must reach its folder.
chmod 755 "$work"

stop() {
    for name in "${names[@]}"; do
        [ ! -d "$work/$name" ] || "$apps/$name.sh" stop "$work/$name" >/dev/null 2>&1 || true
    done
    rm -rf "$work"
}
trap stop EXIT

free_port() { # a port below 45000, because the application's database takes port + 10000
    python3 - <<'P'
import random, socket
while True:
    port = random.randrange(20000, 45000)
    try:
        for p in (port, port + 10000):
            with socket.socket() as s:
                s.bind(("127.0.0.1", p))
        print(port)
        break
    except OSError:
        pass
P
}

count() { # rows in the application's own data that a walk adds one of
    case $1 in
    node-red) # it has no database: what was deployed is in a file
        grep -oE '"type": ?"inject"' "$work/node-red/userdir/flows.json" | wc -l
        return ;;
    oscar) sql='select count(*) from order_order' ;;
    wagtail) sql="select count(*) from wagtailcore_page where live and title like 'A rehearsed post%'" ;;
    ttrss) sql="select count(*) from ttrss_labels2 where caption like 'rehearsed-%'" ;;
    *) echo "no count is known for $1" >&2 && return 1 ;;
    esac
    psql -XAtq -d "$(sed -n 's/^DATABASE_URL=//p' "$work/$1/env")" -c "$sql"
}

failed=0
for name in "${names[@]}"; do
    echo "== $name" >&2
    "$apps/$name.sh" start "$(free_port)" "$work/$name" >/dev/null
    url=$(sed -n 's/^URL=//p' "$work/$name/env" | grep -oE '^https?://[^/]+')
    REHEARSAL_SECRET_LAB_PASSWORD=$(sed -n 's/^LOGIN_PASSWORD=//p' "$work/$name/env")
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
