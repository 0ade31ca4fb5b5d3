# shellcheck shell=bash
# shellcheck disable=SC2034 # the lists of packages are used by the files that source this one
# What several commands of ./dev share: messages, packages, the build. Sourced, with the repository as current folder.


BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkg-config python3 tzdata libmicrohttpd-dev libsqlite3-dev libpq-dev
    libsodium-dev 'libcurl4-openssl-dev|libcurl4-gnutls-dev' libjansson-dev libicu-dev libcairo2-dev libpango1.0-dev)
TEST_PACKAGES=(libical-dev postgresql-15 postgresql-client-15 python3-aiosmtpd python3-dateutil python3-icalendar poppler-utils clang-14
    libclang-rt-14-dev llvm-14)
BROWSER_PACKAGES=(chromium fonts-dejavu-core)
LINT_PACKAGES=(clang-14 clang-tidy-14 cppcheck shellcheck git)

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
# guarded COMMAND…: its exit code, with `set -e` at work inside (which `if`, `&&` and `||` would switch off).
guarded() {
    local code=0
    set +e
    ( set -e; "$@" )
    code=$?
    set -e
    GUARDED=$code
}
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Root, or sudo without a question when nobody is there to answer one.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif ! have sudo; then return 127
    elif [ -t 0 ]; then sudo "$@"
    else sudo -n "$@"
    fi
}

# The names among its arguments that dpkg does not show as installed. "a|b": any of them will do, the first is named.
missing_packages() {
    local installed want one
    installed=$'\n'$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii  *//p')$'\n'
    for want in "$@"; do
        for one in ${want//|/ }; do
            [[ $installed != *$'\n'"$one"$'\n'* ]] || continue 2
        done
        printf '%s\n' "${want%%|*}"
    done
}

# Installs what is missing of the named packages; does not touch apt when nothing is.
packages() {
    have dpkg-query || { note_other_system; return; }
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    # Package lists may be old or absent on a fresh machine; a mirror that is away for one list is not the end.
    as_root "${apt[@]}" update </dev/null >/dev/null || true
    as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null >/tmp/clinicd-apt.$$ 2>&1 || {
        tail -n 15 /tmp/clinicd-apt.$$ >&2
        rm -f /tmp/clinicd-apt.$$
        die "could not install: ${missing[*]} (as root: apt-get install ${missing[*]})"
    }
    rm -f /tmp/clinicd-apt.$$
}

note_other_system() {
    local tool
    for tool in gcc meson ninja pkg-config python3; do
        have "$tool" || die "$tool is missing, and only Debian's packages are installed by themselves"
    done
}

# Node may come from elsewhere than Debian (whose nodejs and npm are then not wanted). Where it cannot be had the program is built
# without its pages (build_web says so), and what needs Node fails by itself.
node_packages() {
    if have node && have npm; then return; fi
    (packages nodejs npm ca-certificates) || true
}

# Node brings certificates of its own; a network that re-signs traffic has its authority in the system's list only.
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
fi
# The browser is Debian's: Playwright must not bring its own.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

# npm ci in a folder, when its lock file or Node itself changed since the last time.
npm_install() {
    local folder=$1 stamp=$1/node_modules/.clinicd-stamp key
    key="$(node --version) $(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum)"
    [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
    say "npm packages of $folder"
    (cd "$folder" && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error </dev/null >/dev/null)
    printf '%s\n' "$key" >"$stamp"
}

# The browser side. Without Node the program is built all the same, with a page that says so.
build_web() {
    [ -f web/package.json ] || return 0
    if ! have node || ! have npm; then
        say "no Node: the program is built without its pages"
        return 0
    fi
    local key
    key="$(node --version) $(find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' \
        -not -path '*/test-results/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)"
    [ "$(cat web/dist/.stamp 2>/dev/null)" != "$key" ] || return 0
    npm_install web
    say "building web/dist"
    (cd web && npm run --silent build </dev/null)
    printf '%s\n' "$key" >web/dist/.stamp
}

# build_tree FOLDER [meson options…]: configures when there is no tree yet or a source file came or went, then builds all, or
# what BUILD_ONLY names.
BUILD_ONLY=()
build_tree() {
    local tree=$1 sources
    shift
    sources="$* $(python3 tools/list_sources.py all)"
    if [ ! -f "$tree/build.ninja" ]; then
        say "configuring $tree"
        meson setup "$tree" "$@" >"/tmp/clinicd-meson.$$" 2>&1 || { cat "/tmp/clinicd-meson.$$"; rm -f "/tmp/clinicd-meson.$$"; die "meson failed"; }
        rm -f "/tmp/clinicd-meson.$$"
        printf '%s' "$sources" >"$tree/sources.list"
    elif [ "$(cat "$tree/sources.list" 2>/dev/null)" != "$sources" ]; then
        meson setup --reconfigure "$tree" "$@" >"$tree/reconfigure.log" 2>&1 || { cat "$tree/reconfigure.log"; die "meson failed"; }
        printf '%s' "$sources" >"$tree/sources.list"
    fi
    say "building $tree"
    ninja -C "$tree" "${BUILD_ONLY[@]}" >"$tree/build.log" 2>&1 || {
        grep -v '^\[[0-9]*/[0-9]*\]' "$tree/build.log" | tail -n 100 >&2
        die "$tree does not build"
    }
}
