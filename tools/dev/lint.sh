# shellcheck shell=bash
# ./dev lint: everything that reads the source without running it.

cmd_lint() {
    packages "${BUILD_PACKAGES[@]}" "${LINT_PACKAGES[@]}" libical-dev
    node_packages
    LINT_FAILED=
    lint "layers and banned calls" python3 tools/check_layers.py
    lint "shell scripts" lint_shell
    lint "clang with -Werror" lint_clang
    lint "gcc -fanalyzer" lint_analyzer
    lint "clang-tidy" lint_tidy
    lint "cppcheck" lint_cppcheck
    if [ -f web/package.json ]; then lint "browser side" lint_web; fi
    [ -z "$LINT_FAILED" ] || die "lint found something"
}

# lint NAME COMMAND…: goes on after a failure, so that all findings are seen at once.
lint() {
    local name=$1 log
    shift
    log=$(mktemp)
    guarded "$@" >"$log" 2>&1
    if [ "$GUARDED" -eq 0 ]; then
        printf 'ok   %s\n' "$name"
        sed -n 's/^note: /     /p' "$log"
    else
        LINT_FAILED=1
        printf 'FAIL %s\n' "$name"
        cat "$log"
    fi
    rm -f "$log"
}

own_sources() { { python3 tools/list_sources.py core; python3 tools/list_sources.py main; } | sort; }

lint_shell() {
    local script scripts=(dev .ci/run tools/dev/*.sh)
    for script in tests/lib/* deploy/* bench/*; do
        if [ -f "$script" ] && head -n 1 "$script" | grep -qE '^#!.*\b(ba)?sh$'; then scripts+=("$script"); fi
    done
    shellcheck -x -S info -e SC2317 "${scripts[@]}"
}

lint_clang() {
    CC=clang-14 build_tree build-lint -Dtests=true
}

# -fanalyzer needs optimisation off to keep paths readable; two files at a time. In a file with very many paths it stops early and
# by itself says nothing of it: it gets four times the patience it has, and what it gives up all the same is named.
lint_analyzer() {
    local flags
    read -ra flags < <(pkg-config --cflags libmicrohttpd sqlite3 libpq libsodium libcurl jansson icu-uc cairo pangocairo)
    export -f analyze
    own_sources | xargs -P 2 -I{} bash -c 'analyze "$@"' analyze {} "${flags[@]}"
}

analyze() {
    local file=$1 said code=0
    shift
    said=$(gcc -std=gnu17 -D_GNU_SOURCE -I. "$@" -O1 -fanalyzer --param analyzer-bb-explosion-factor=20 -Werror -Wanalyzer-too-complex \
        -Wno-error=analyzer-too-complex -c "$file" -o /dev/null 2>&1) || code=$?
    [[ $said != *'bailed out early'* ]] || echo "note: $file has too many paths, and was not analysed to the end"
    [ "$code" -eq 0 ] || grep -v analyzer-too-complex <<<"$said"
    return "$code"
}

lint_tidy() {
    [ -f build-lint/compile_commands.json ] || build_tree build-lint -Dtests=true
    own_sources | xargs -P 2 -n 8 clang-tidy-14 --quiet -p build-lint --warnings-as-errors='*'
}

# cppcheck 2.10 does not know __VA_OPT__: without their definitions ARGS and LOG are function calls to it.
lint_cppcheck() {
    own_sources | cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 --library=tools/cppcheck.cfg -UARGS -ULOG \
        --suppressions-list=tools/cppcheck_suppressions.txt -I. -j 2 --file-list=-
}

lint_web() {
    npm_install web
    (cd web && npm run --silent check)
}
