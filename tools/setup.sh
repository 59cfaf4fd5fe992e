#!/bin/sh
# Installs what is missing for `make demo`, `make test`, `make test-interop` or `make fuzz`, from
# the system's own packages.
# usage: tools/setup.sh demo|test|interop|fuzz
# Says what it will install before it does; installs nothing when all is there.
set -eu

purpose=${1:?usage: tools/setup.sh demo|test|interop|fuzz}

say() { printf '%s\n' "$*" >&2; }

first_of() { # first_of FILE...: prints the first that is executable
    for candidate in "$@"; do
        if [ -x "$candidate" ]; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

have_command() { command -v "$1" >/dev/null 2>&1; }

# The same places as src/browser/find.rs looks at.
have_browser() {
    [ -n "${REHEARSAL_BROWSER:-}" ] || first_of /usr/lib/chromium/chromium-headless-shell \
        /usr/lib/chromium/chromium /usr/lib/chromium-browser/chromium-browser /snap/bin/chromium \
        /opt/google/chrome/chrome >/dev/null
}
have_full_browser() {
    first_of /usr/lib/chromium/chromium /usr/lib/chromium-browser/chromium-browser /snap/bin/chromium \
        /opt/google/chrome/chrome >/dev/null
}
have_font() {
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.ttf' 2>/dev/null | head -n 1)" ]
}
have_postgres() {
    have_command initdb || first_of /usr/lib/postgresql/*/bin/initdb >/dev/null
}

have_mariadb() {
    have_command mariadb-install-db && have_command my_print_defaults
}

# Each line: a check, and the package that makes it true.
missing=''
need() { # need CHECK PACKAGE
    if ! $1; then
        missing="$missing $2"
    fi
}
have_cc() { have_command cc; }
need have_cc gcc
if [ "$purpose" = fuzz ]; then
    # libFuzzer is C++; no target needs a browser.
    have_cxx() { have_command c++; }
    need have_cxx g++
fi
if [ "$purpose" = test ]; then
    # One test drives the full browser; all others the headless shell.
    need have_full_browser chromium
    need have_postgres postgresql
    # Its programs alone: the package `mariadb-server` would start a server of the system.
    need have_mariadb 'mariadb-server-core mariadb-client-core'
    # A person records in a window, on a display that nobody sees, with mouse and keys from outside.
    have_display() { have_command Xvfb; }
    have_hands() { have_command xdotool; }
    if [ "$(uname -s)" = Linux ]; then
        need have_display xvfb
        need have_hands xdotool
    fi
fi
if [ "$purpose" = interop ]; then
    have_node() { have_command node; }
    have_npm() { have_command npm; }
    need have_node nodejs
    need have_npm npm
fi
if [ "$purpose" != fuzz ]; then
    need have_browser chromium-headless-shell
    need have_font fonts-liberation
fi

if [ -z "$missing" ]; then
    exit 0
fi

if ! have_command apt-get; then
    say "missing:$missing"
    case $(uname -s) in
    Darwin) say 'install them with:  brew install --cask chromium && brew install postgresql@16 mariadb' ;;
    *) say 'install Chromium (or Google Chrome), a TrueType font, and for the tests PostgreSQL and MariaDB, with your system'\''s package manager' ;;
    esac
    say 'a browser in another place is named by REHEARSAL_BROWSER=/path/to/chrome'
    exit 2
fi

as_root=''
if [ "$(id -u)" != 0 ]; then
    if ! have_command sudo; then
        say "missing:$missing; there is no sudo here, so run as root:  apt-get install --no-install-recommends$missing"
        exit 2
    fi
    as_root=sudo
fi

say "installing from the system's packages:$missing"
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 "$@" >/dev/null; }
apt update
# Ubuntu has no chromium-headless-shell, and its `chromium` is a snap.
packages=''
for package in $missing; do
    if [ "$package" = chromium-headless-shell ] && ! apt-cache show "$package" >/dev/null 2>&1; then
        package=chromium
    fi
    if [ "$package" = chromium ] && ! apt-cache show chromium >/dev/null 2>&1; then
        if ! have_command snap; then
            say 'this system packages Chromium as a snap and has no snap; install Google Chrome or set REHEARSAL_BROWSER'
            exit 2
        fi
        $as_root snap install chromium
        continue
    fi
    packages="$packages $package"
done
# shellcheck disable=SC2086 # a list of words
[ -z "$packages" ] || apt install --no-install-recommends $packages
