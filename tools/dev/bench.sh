# shellcheck shell=bash
# ./dev bench [--appointments N] [--seconds S] [--engines sqlite,postgres]: bench/RESULTS.md. Best on an idle machine.
cmd_bench() {
    packages "${BUILD_PACKAGES[@]}" postgresql-15 postgresql-client-15
    build_tree build
    ninja -C build bench-load bench-ceiling >build/bench-build.log 2>&1 || { cat build/bench-build.log >&2; die "the load generator does not build"; }
    CLINICD_PG_BIN=${CLINICD_PG_BIN:-/usr/lib/postgresql/15/bin} PATH=$PATH:/usr/lib/postgresql/15/bin \
        CLINICD_TEST_PG_FSYNC=on tests/lib/with_postgres python3 bench/run.py "$@"
}
