#!/usr/bin/env bash
# What tools/test-apps.sh and tools/test-record.sh share: outside applications that are started,
# stopped, and asked for what came of a walk. Sourced, not run; expects $apps, $work and $names.

stop_apps() {
    for name in "${names[@]}"; do
        [ ! -d "$work/$name" ] || "$apps/$name.sh" stop "$work/$name" >/dev/null 2>&1 || true
    done
}

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

told() { # told APP KEY: what the application's script wrote of it
    sed -n "s/^$2=//p" "$work/$1/env"
}

start_app() { # start_app APP: prints its origin
    "$apps/$1.sh" start "$(free_port)" "$work/$1" >/dev/null
    told "$1" URL | grep -oE '^https?://[^/]+'
}

count() { # rows in the application's own data that a walk adds one of
    case $1 in
    node-red) # it has no database: what was deployed is in a file
        grep -oE '"type": ?"inject"' "$work/node-red/userdir/flows.json" | wc -l
        return ;;
    oscar) sql='select count(*) from order_order' ;;
    wagtail) # with what was written, which an editor that is used too fast loses
        sql="select count(*) from wagtailcore_page join demosite_blogentrypage on page_ptr_id = id
            where live and body like '%Written by a %'" ;;
    ttrss) sql="select count(*) from ttrss_labels2 where caption like 'rehearsed-%'" ;;
    *) echo "no count is known for $1" >&2 && return 1 ;;
    esac
    psql -XAtq -d "$(told "$1" DATABASE_URL)" -c "$sql"
}
