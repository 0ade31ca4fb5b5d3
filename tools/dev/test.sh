# shellcheck shell=bash
# ./dev test: every check, one number at the end. A part that cannot even start counts as one failed test.

FUZZ_SECONDS_IN_TEST=8

cmd_test() {
    local quick='' tsan='' names=()
    while [ $# -gt 0 ]; do
        case $1 in
            --quick) quick=1 ;;
            --tsan) tsan=1 ;;
            -*) die "test: unknown option $1" ;;
            *) names+=("$1") ;;
        esac
        shift
    done
    COUNTS=$(mktemp)
    trap 'rm -f "$COUNTS"' EXIT
    packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    node_packages
    wants layers && part "layers" test_layers
    guarded build_web; [ "$GUARDED" -eq 0 ] || count_failed "web: does not build"
    wants_programs && part "unit and API, AddressSanitizer" test_programs build-asan address
    [ -z "$tsan" ] || part "unit and API, ThreadSanitizer" test_programs build-tsan thread
    wants web && part "browser side, units" test_web
    if [ -z "$quick" ]; then
        wants fuzz && part "fuzzers, $FUZZ_SECONDS_IN_TEST s each" test_fuzz
        wants e2e && part "browser" test_e2e
    fi
    total
}

# Without names everything is wanted; with names, what was named.
wants() {
    [ ${#names[@]} -gt 0 ] || return 0
    local name
    for name in "${names[@]}"; do [ "$name" != "$1" ] || return 0; done
    return 1
}

# Names that are not parts choose among the test programs.
wants_programs() {
    [ ${#names[@]} -gt 0 ] || return 0
    local name
    for name in "${names[@]}"; do [[ " layers web fuzz e2e " == *" $name "* ]] || return 0; done
    return 1
}

# part TITLE FUNCTION…: runs one part in a subshell; if it breaks off without having counted a failure, that is one.
part() {
    local title=$1 before
    shift
    say "$title"
    before=$(failed_so_far)
    guarded "$@"
    [ "$GUARDED" -eq 0 ] || [ "$(failed_so_far)" -gt "$before" ] || count_failed "$title: did not run to its end"
}

count() { printf '%s %s\n' "$1" "$2" >>"$COUNTS"; }
count_failed() { printf 'FAIL %s\n' "$1"; count 0 1; }
failed_so_far() { awk '{ n += $2 } END { print n + 0 }' "$COUNTS"; }

total() {
    local passed failed
    read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$COUNTS")
    [ $((passed + failed)) -gt 0 ] || printf 'no test ran\n'
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# bounded COMMAND…: nothing may hang for ever; a function of ours bounds itself.
bounded() {
    if declare -F "$1" >/dev/null; then "$@"; else timeout -k 10 1800 "$@"; fi
}

# check NAME COMMAND…: one check that is one test; its output is shown when it fails.
check() {
    local name=$1 log
    shift
    log=$(mktemp)
    if bounded "$@" >"$log" 2>&1; then count 1 0; printf 'ok   %s\n' "$name"
    else cat "$log"; count_failed "$name"
    fi
    rm -f "$log"
}

# counted COMMAND…: a command whose last "N passed, N failed" line (or node:test's summary) counts; all of its output when
# it fails.
counted() {
    local log code=0 line passed failed _
    log=$(mktemp)
    bounded "$@" >"$log" 2>&1 || code=$?
    line=$(awk '/^[0-9]+ passed, [0-9]+ failed$/ { said = $0 }
        $2 == "pass" && NF == 3 { p = $3 } $2 == "fail" && NF == 3 { f = $3; said = p + 0 " passed, " f " failed" }
        END { if (said) print said }' "$log")
    if [ -n "$line" ] && { [ "$code" -eq 0 ] || [[ $line != *', 0 failed' ]]; }; then
        [ "$code" -eq 0 ] || cat "$log"
        read -r passed _ failed _ <<<"$line"
        count "$passed" "$failed"
        printf '%s\n' "$line" | sed 's/^/     /'
    else
        cat "$log"
        count_failed "$1 $2: exit code $code"
    fi
    rm -f "$log"
}

test_layers() {
    check "who may include whom, banned calls, lengths" python3 tools/check_layers.py
    check "the checker finds what it should find" python3 tools/check_layers_test.py
}

# The test programs whose names contain one of those given: only they are built (with the program itself, which some start).
chosen_programs() {
    local kind source program name
    for kind in unit api; do
        while read -r source; do
            program=$kind-$(basename "$source" .c)
            for name in "${names[@]}"; do
                if [[ $program == *$name* ]]; then echo "$program"; break; fi
            done
        done < <(python3 tools/list_sources.py "$kind")
    done
}

# shellcheck disable=SC2034 # BUILD_ONLY is read by build_tree
test_programs() {
    local tree=$1 sanitizer=$2 under=() BUILD_ONLY=()
    [ ${#names[@]} -eq 0 ] || mapfile -t BUILD_ONLY < <(echo clinicd; chosen_programs)
    build_tree "$tree" -Dtests=true -Dsanitize="$sanitizer" -Dbuildtype=debugoptimized
    npm_install tests/lib/stripe
    if [ -x tests/lib/with_postgres ]; then under=(tests/lib/with_postgres); fi
    "${under[@]}" python3 tools/run_tests.py --tree "$tree" --counts "$COUNTS" --timeout 1200 "${names[@]}"
}

test_web() {
    [ -f web/package.json ] || { count_failed "web/package.json is missing"; return; }
    npm_install web
    check "types of the browser side" npm --prefix web run --silent check
    counted npm --prefix web run --silent test
}

test_fuzz() {
    . tools/dev/fuzz.sh
    build_fuzz
    local target
    for target in build-fuzz/fuzz_*; do
        if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
        check "${target##*/}" fuzz_one "${target##*/}" "$FUZZ_SECONDS_IN_TEST"
    done
}

test_e2e() {
    packages "${BROWSER_PACKAGES[@]}"
    build_tree build
    npm_install tests/e2e
    npm_install tests/lib/stripe
    counted npm --prefix tests/e2e run --silent test
}
