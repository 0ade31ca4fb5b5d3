# shellcheck shell=bash
# ./dev run: from a clone to a clinic in the browser.

cmd_run() {
    local port='' data=demo-data
    while [ $# -gt 0 ]; do
        case $1 in
            --port) port=${2:?--port needs a number}; shift 2 ;;
            --data) data=${2:?--data needs a folder}; shift 2 ;;
            *) die "run: unknown argument $1" ;;
        esac
    done
    packages "${BUILD_PACKAGES[@]}"
    node_packages
    build_web
    build_tree build
    [ -n "$port" ] || port=$(free_port 8080)
    make_demo "$data"
    serve "$data" "$port"
}

# The first port from $1 on that nobody listens on.
free_port() {
    python3 - "$1" <<'PY'
import socket, sys
for port in range(int(sys.argv[1]), int(sys.argv[1]) + 200):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
else:
    sys.exit("no free port")
PY
}

# A folder with its keys and one clinic in it; made once, kept afterwards. The password is this machine's own.
make_demo() {
    local data=$1
    if [ ! -f "$data/master.key" ]; then
        say "making $data"
        build/clinicd init --data "$data" >/dev/null || die "clinicd init failed"
    fi
    if [ ! -s "$data/demo-password" ]; then
        (umask 077; od -An -N8 -tx1 /dev/urandom | tr -d ' \n' >"$data/demo-password")
    fi
    build/clinicd demo --data "$data" --password "$(cat "$data/demo-password")" >"$data/demo.json" || die "clinicd demo failed"
}

serve() {
    local data=$1 port=$2 base="http://127.0.0.1:$2"
    SERVER=
    trap 'stop_server' INT TERM HUP
    CLINICD_LISTEN=127.0.0.1:$port CLINICD_BASE_URL=$base build/clinicd serve --data "$data" </dev/null &
    SERVER=$!
    if ! wait_ready "$base"; then
        [ -n "$SERVER" ] || exit 0 # stopped before it was up
        stop_server
        die "the server did not come up"
    fi
    cat <<TXT

  Booking page   $base/book/demo
  Staff          $base/app
                 sign in as desk@demo.test with the password $(cat "$data/demo-password")
  API and docs   $base/docs
  Mail it sends  $(cd "$data" && pwd)/mail (one .eml file each)

  Ctrl-C stops it. The data stay in $data.

TXT
    local code=0
    wait "$SERVER" || code=$?
    # A signal ended the wait, and stop_server has waited for the server to finish.
    [ -n "$SERVER" ] || code=0
    exit "$code"
}

# True as soon as it answers; false when it ended or 30 seconds passed.
wait_ready() {
    local tries
    for ((tries = 0; tries < 150; tries++)); do
        kill -0 "$SERVER" 2>/dev/null || return 1
        if python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/ready", timeout=2)' "$1" 2>/dev/null; then return 0; fi
        sleep 0.2
    done
    return 1
}

stop_server() {
    trap '' INT TERM HUP
    local pid=$SERVER
    SERVER=
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
