#!/usr/bin/env bash
# Feeds what reads foreign bytes with bytes that nobody thought of, each target for a while.
#
#   tests/fuzz/run.sh                  every target, 60 seconds each
#   tests/fuzz/run.sh SECONDS [NAME…]  these targets, so long each
#   tests/fuzz/run.sh NAME FILE…       a target with inputs that it failed on
#
# Needs a stable Rust toolchain and a C++ compiler (libFuzzer is built from source). What was found
# worth keeping stays in target/fuzz/corpus, an input that fails in target/fuzz/failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# What cargo-fuzz passes, but for the sanitizers, which want a nightly toolchain.
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags+=" -Cllvm-args=-sanitizer-coverage-pc-table"
flags+=" -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing"
# With a target of its own, what only builds is built without them.
host=$(rustc -vV | sed -n 's/^host: //p')
work=target/fuzz
# The versions are the program's own.
cp Cargo.lock tests/fuzz/Cargo.lock
CARGO_TARGET_DIR=$work RUSTFLAGS="${RUSTFLAGS:-} $flags" \
    cargo build --manifest-path tests/fuzz/Cargo.toml --release --target "$host"
built=$work/$host/release

if [[ -n ${1:-} && -x $built/$1 ]]; then
    name=$1
    shift
    exec "$built/$name" "$@"
fi

# What there is of a target's own kind to begin with.
seeds() {
    case $1 in
    pem) printf '%s\n' tests/data/keys tests/pki ;;
    config) printf '%s\n' tests/fuzz/seeds/config ;;
    envelopes | replies) printf '%s\n' tests/fuzz/seeds/answers ;;
    esac
}

seconds=${1:-60}
shift || true
names=("$@")
((${#names[@]})) || names=(archive config envelopes lists pem redactor replies)
mkdir -p "$work/failed"
status=0
for name in "${names[@]}"; do
    printf '== %s, %s s\n' "$name" "$seconds"
    mkdir -p "$work/corpus/$name"
    mapfile -t seeds < <(seeds "$name")
    "$built/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -print_funcs=0 -verbosity=0 \
        -artifact_prefix="$work/failed/$name-" "$work/corpus/$name" "${seeds[@]}" || {
        status=1
        printf '%s failed; again: tests/fuzz/run.sh %s %s/failed/%s-…\n' "$name" "$name" "$work" "$name"
    }
done
exit $status
