# shellcheck shell=bash
# ./dev fuzz: libFuzzer on our own parsers. Findings are left in build-fuzz/findings.

cmd_fuzz() {
    local name=${1:-} seconds=${2:-60} target found=''
    if [[ $name =~ ^[0-9]+$ ]]; then seconds=$name; name=; fi
    packages "${BUILD_PACKAGES[@]}" clang-14 libclang-rt-14-dev llvm-14
    build_fuzz
    for target in build-fuzz/fuzz_*; do
        if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
        [[ ${target##*/} == *"$name"* ]] || continue
        found=1
        say "${target##*/}, $seconds s"
        fuzz_one "${target##*/}" "$seconds" || die "${target##*/} found something: build-fuzz/findings"
    done
    [ -n "$found" ] || die "no fuzz target is called '$name'"
}

build_fuzz() {
    CC=clang-14 build_tree build-fuzz -Dfuzz=true
}

# New inputs go to the tree; what is committed in tests/fuzz/corpus is only read.
fuzz_one() {
    local target=$1 seconds=$2 corpus
    local work=build-fuzz/corpus/$target args=()
    mkdir -p "$work" build-fuzz/findings
    for corpus in "tests/fuzz/corpus/${target#fuzz_}" "tests/fuzz/corpus/$target"; do
        if [ -d "$corpus" ]; then args+=("$corpus"); fi
    done
    for corpus in "tests/fuzz/${target#fuzz_}.dict" "tests/fuzz/$target.dict"; do
        if [ -f "$corpus" ]; then args+=("-dict=$corpus"); fi
    done
    ASAN_OPTIONS=detect_leaks=1 "build-fuzz/$target" "$work" "${args[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build-fuzz/findings/$target-" -verbosity=0 -print_final_stats=1
}
