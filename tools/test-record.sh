#!/usr/bin/env bash
# A scripted person does one thing in an outside application while it is recorded; the recording is
# replayed, and what came of it is counted in the application's own data.
# usage: tools/test-record.sh DIR [APP…]
#   DIR/APP.sh start PORT WORKDIR, DIR/APP.sh stop WORKDIR; APP is one of oscar, wagtail, node-red.
#   ITERATIONS (100): how often each recording is replayed.
#   KEEP: a folder that gets the recorded flows and what was said.
set -euo pipefail
cd "$(dirname "$0")/.."

apps=$(realpath "${1:?usage: tools/test-record.sh DIR [APP…]}")
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(oscar wagtail node-red)
iterations=${ITERATIONS:-100}
rehearsal=${REHEARSAL:-${CARGO_TARGET_DIR:-target}/release/rehearsal}
work=$(mktemp -d)
# The applications' PostgreSQL runs as another user, who must reach its folder.
chmod 755 "$work"
# shellcheck source=tools/apps.sh
. tools/apps.sh
keep() { [ -z "${KEEP:-}" ] || { mkdir -p "$KEEP" && cp "$work"/*.json "$work"/*.txt "$KEEP" 2>/dev/null; }; }
trap 'keep || true; stop_apps; rm -rf "$work"' EXIT

failed=0
for name in "${names[@]}"; do
    echo "== $name" >&2
    start_app "$name" >/dev/null
    PERSON_APP_URL=$(told "$name" URL)
    PERSON_APP_USER=$(told "$name" LOGIN_USER)
    PERSON_APP_PASSWORD=$(told "$name" LOGIN_PASSWORD)
    export PERSON_APP_URL PERSON_APP_USER PERSON_APP_PASSWORD PERSON_FLOW="$work/$name.json"
    export REHEARSAL_SECRET_PASSWORD=$PERSON_APP_PASSWORD
    before=$(count "$name")
    if ! ${CARGO:-cargo} test --quiet --test it "person::apps::${name//-/_}" -- --ignored --exact \
        --nocapture >"$work/$name.record.txt" 2>&1; then
        tail -n 60 "$work/$name.record.txt" >&2
        echo "$name: nothing was recorded: NOT OK"
        failed=1
        "$apps/$name.sh" stop "$work/$name"
        continue
    fi
    recorded=$(count "$name")
    # Node-RED replaces all flows at once, and Wagtail fails when two add a page below the same one.
    users=2
    [ "$name" = oscar ] || users=1
    "$rehearsal" play "$work/$name.json" --repeat "$iterations" --users "$users" --evidence "$work/evidence" \
        --json >"$work/$name.play.json" 2>"$work/$name.play.txt" || true
    after=$(count "$name")
    # The reference's own player knows no templates.
    theirs='not tried (make setup-interop)'
    if [ -d tests/interop/node_modules ]; then
        python3 - "$work/$name.json" "$work/$name.filled.json" <<'P'
import json, os, random, re, sys
def fill(text):
    text = re.sub(r"\{\{secret\.(\w+)\}\}", lambda m: os.environ["REHEARSAL_SECRET_" + m[1]], text)
    return re.sub(r"\{\{iteration\.\w+\}\}", lambda m: f"x{random.randrange(10**9)}", text)
flow = json.load(open(sys.argv[1]))
for step in flow["steps"]:
    own = step.get("x-rehearsal", {})
    value = own.get("value")
    if value is None:
        continue
    if "change" in own: # its native step is an expression that ends with the text
        sample = json.dumps(own["change"]["value"], ensure_ascii=False)
        step["expression"] = step["expression"].removesuffix(sample + ")") + json.dumps(fill(value)) + ")"
    else:
        step["url" if step["type"] == "navigate" else "value"] = fill(value)
json.dump(flow, open(sys.argv[2], "w"))
P
        browser=$("$rehearsal" doctor 2>&1 | grep -oE '/[^ ()]*(chrom|headless)[^ ()]*' | head -n 1 || true)
        if node tests/interop/replay.js "$work/$name.filled.json" "$browser" >"$work/$name.theirs.txt" 2>&1; then
            theirs="$(($(count "$name") - after)) of 1"
        else
            theirs="0 of 1 ($(grep -m 1 -E 'Error|step' "$work/$name.theirs.txt" || true))"
        fi
        rm -f "$work/$name.filled.json" # it holds the password
    fi
    "$apps/$name.sh" stop "$work/$name"
    python3 - "$name" "$work/$name.play.json" "$iterations" "$((recorded - before))" "$((after - recorded))" "$theirs" <<'P' || failed=1
import json, sys
name, path, wanted, recorded, added, theirs = sys.argv[1:]
told = json.load(open(path))
for failure in told["failures"]:
    print(f"  {failure['count']} x step {failure['step']} {failure['name']}: {failure['message']}")
ok = told["passed"] == told["plays"] == int(wanted) == int(added)
print(f"{name}: {told['passed']} of {wanted} replays passed, {added} results in the application's own data "
      f"({recorded} while it was recorded and tried), in @puppeteer/replay {theirs}: {'ok' if ok else 'NOT OK'}")
sys.exit(not ok)
P
done
exit $failed
