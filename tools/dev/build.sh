# shellcheck shell=bash
cmd_build() {
    packages "${BUILD_PACKAGES[@]}"
    node_packages
    build_web
    build_tree build
    say "build/clinicd: $(stat -c %s build/clinicd) bytes"
}
