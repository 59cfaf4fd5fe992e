#!/usr/bin/env bash
# Fills outside applications from unedited plans, asks the database whether every constraint holds,
# and walks as a seeded user through a list to a page of a seeded row.
# usage: tools/test-seed.sh DIR [APP…]
#   DIR/APP.sh start PORT WORKDIR, DIR/APP.sh stop WORKDIR; APP is a folder of fixtures/apps with a
#   seeded.json.
#   REHEARSAL (target/release/rehearsal): the program. KEEP: a folder for plans and traces.
set -euo pipefail
cd "$(dirname "$0")/.."

apps=$(realpath "${1:?usage: tools/test-seed.sh DIR [APP…]}")
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(oscar wagtail ttrss)
rehearsal=$(realpath "${REHEARSAL:-${CARGO_TARGET_DIR:-target}/release/rehearsal}")
work=$(mktemp -d)
keep=${KEEP:-$work}
mkdir -p "$keep"
# The applications' PostgreSQL runs as another user, who must reach its folder.
chmod 755 "$work"

. tools/apps.sh
trap 'stop_apps; rm -rf "$work"' EXIT

ask() { # ask APP SQL
    psql -XAtq -v ON_ERROR_STOP=1 -F ' ' -d "$(told "$1" DATABASE_URL)" -c "$2"
}

# Rows that refer to nothing, rows that a check refuses, and rows that are the same where a unique
# index forbids it: one query for each constraint, made of the catalogues.
broken() { # broken APP: prints each constraint that does not hold
    ask "$1" "
        SELECT format('SELECT %L, count(*) FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s) HAVING count(*) > 0;',
               k.conname, k.conrelid::regclass,
               (SELECT string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ')
                  FROM unnest(k.conkey) n JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n),
               k.confrelid::regclass,
               (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ')
                  FROM unnest(k.conkey, k.confkey) AS u(n, m)
                  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n
                  JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = m))
          FROM pg_constraint k WHERE k.contype = 'f'
         UNION ALL
        SELECT format('SELECT %L, count(*) FROM %s WHERE NOT (%s) HAVING count(*) > 0;',
               k.conname, k.conrelid::regclass, pg_get_expr(k.conbin, k.conrelid))
          FROM pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0
         UNION ALL
        SELECT format('SELECT %L, count(*) FROM (SELECT FROM %s WHERE %s GROUP BY %s HAVING count(*) > 1) d HAVING count(*) > 0;',
               i.indexrelid::regclass, i.indrelid::regclass,
               concat_ws(' AND ', (SELECT string_agg(format('%I IS NOT NULL', a.attname), ' AND ')
                  FROM unnest(i.indkey) n JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n),
                  pg_get_expr(i.indpred, i.indrelid)),
               (SELECT string_agg(format('%I', a.attname), ', ')
                  FROM unnest(i.indkey) n JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n))
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace s ON s.oid = c.relnamespace
         WHERE i.indisunique AND i.indexprs IS NULL AND s.nspname NOT IN ('pg_catalog', 'pg_toast')
         UNION ALL
        SELECT format('SELECT %L, 1;', conname || ' is not valid') FROM pg_constraint WHERE NOT convalidated" \
        >"$work/constraints.sql"
    psql -XAtq -v ON_ERROR_STOP=1 -d "$(told "$1" DATABASE_URL)" -f "$work/constraints.sql"
    # Kept, so that a report can say how many were asked.
    wc -l <"$work/constraints.sql" >"$work/asked"
}

fingerprint() { # fingerprint APP: what stood in tables of people before, which must stay
    ask "$1" "SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM $(people "$1") t WHERE id <= $2"
}

people() {
    case $1 in ttrss) echo ttrss_users ;; *) echo auth_user ;; esac
}

# Where the list is, which page to open, the seeded name on both, and the row of the feed to log in
# with: four lines.
target() { # target APP LAST_ROW LAST_PERSON
    case $1 in
    oscar) # the newest order of the customer who has the most
        local customer number
        customer=$(ask oscar "SELECT user_id FROM order_order WHERE user_id > $3 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
        number=$(ask oscar "SELECT number FROM order_order WHERE user_id = $customer ORDER BY date_placed DESC LIMIT 1")
        printf '/accounts/orders/\n/accounts/orders/%s/\n%s\n' "$number" "$number"
        echo $((customer - $(ask oscar "SELECT min(id) FROM auth_user WHERE id > $3"))) ;;
    wagtail) # the newest document
        local id
        id=$(ask wagtail "SELECT id FROM wagtaildocs_document ORDER BY created_at DESC LIMIT 1")
        printf '/admin/documents/?ordering=-created_at\n/admin/documents/edit/%s/\n' "$id"
        ask wagtail "SELECT title FROM wagtaildocs_document WHERE id = $id AND id > $2"
        echo 0 ;;
    ttrss) # the first article of the reader who has the most, as "All articles" has them
        local reader
        reader=$(ask ttrss "SELECT owner_uid FROM ttrss_user_entries GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
        ask ttrss "SELECT format(E'All articles\n#RROW-%s\n%s', e.id, e.title)
            FROM ttrss_user_entries u JOIN ttrss_entries e ON e.id = u.ref_id
            WHERE u.owner_uid = $reader AND u.unread
                AND (SELECT count(*) FROM ttrss_user_entries o WHERE o.owner_uid = $reader AND o.ref_id = e.id) = 1
            ORDER BY u.score DESC, e.date_entered DESC, e.updated DESC LIMIT 1"
        echo $((reader - $(ask ttrss "SELECT min(id) FROM ttrss_users WHERE id > $3"))) ;;
    esac
}

last_row() { # last_row APP: the last key of the table whose row is opened
    case $1 in
    wagtail) ask wagtail "SELECT max(id) FROM wagtaildocs_document" ;;
    *) echo 0 ;;
    esac
}

failed=0
for name in "${names[@]}"; do
    echo "== $name" >&2
    url=$(start_app "$name")
    database=$(told "$name" DATABASE_URL)
    plan=$keep/$name.toml
    rm -f "$plan"
    last_person=$(ask "$name" "SELECT max(id) FROM $(people "$name")")
    last=$(last_row "$name")
    before=$(fingerprint "$name" "$last_person")
    "$rehearsal" seed plan --database "$database" -o "$plan" 2>/dev/null
    tables=$(grep -c '^\[tables\.[^.]*\]$' "$plan")
    left=$(sed -n '/^# Left alone/,/^# empty/p' "$plan" | grep -c '^#   ' || true)
    begun=$(date +%s.%N)
    told=$("$rehearsal" seed run "$plan" --database "$database" 2>&1)
    took=$(echo "$(date +%s.%N) - $begun" | bc)
    rows=$(grep -oE '[0-9,]+ rows' <<<"$told" | head -1 | tr -dc 0-9)
    bad=$(broken "$name")
    [ "$(fingerprint "$name" "$last_person")" = "$before" ] || bad="$bad (rows of before changed)"
    walked=ok
    mapfile -t to < <(target "$name" "$last" "$last_person")
    sed -e "s|@LIST@|${to[0]//&/\\&}|g; s|@PAGE@|${to[1]}|g; s|@NAME@|${to[2]}|g" \
        "fixtures/apps/$name/seeded.json" >"$work/$name-seeded.json"
    [ ${#to[@]} -eq 4 ] && [ -n "${to[2]}" ] \
        && "$rehearsal" play "$work/$name-seeded.json" --url "$url" --plan "$plan" --row "${to[3]}" \
            --trace "$keep/$name.html" --no-evidence >"$keep/$name.txt" 2>&1 || walked="NOT OK"
    [ "$walked" = ok ] || cat "$keep/$name.txt" >&2
    "$apps/$name.sh" stop "$work/$name"
    verdict=ok
    { [ "$walked" = ok ] && [ -z "$bad" ]; } || { verdict="NOT OK"; failed=1; }
    printf '%s: %s tables filled, %s left alone, %s rows in %.1f s (%.0f rows/s with hashing), 0 edits; %s constraints asked, broken: %s; log in, list, page: %s: %s\n' \
        "$name" "$tables" "$left" "$rows" "$took" "$(echo "$rows / $took" | bc)" "$(cat "$work/asked")" "${bad:-none}" "$walked" "$verdict"
done
exit $failed
