#!/bin/sh
# Fuzz targets: usage: tools/fuzz.sh build|run|list [TARGET...]
# `run` gives each target SECONDS (600), from fuzz/seeds and what earlier runs found. Needs no
# nightly toolchain and no cargo-fuzz: coverage comes from flags that stable rustc has, and there
# is no `unsafe` for a sanitizer to watch. `cargo fuzz run TARGET` works, too.
set -eu
cd "$(dirname "$0")/.."

what=${1:?usage: tools/fuzz.sh build|run|list [TARGET...]}
shift
seconds=${SECONDS_EACH:-600}

targets=$*
if [ -z "$targets" ]; then
    targets=$(cd fuzz/fuzz_targets && for file in *.rs; do echo "${file%.rs}"; done)
fi
if [ "$what" = list ]; then
    echo "$targets"
    exit 0
fi

# As cargo-fuzz has them. With --target they do not reach build scripts and macros.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
export RUSTFLAGS
build() { "${CARGO:-cargo}" build --quiet --locked --manifest-path fuzz/Cargo.toml --target "$host" "$@"; }
if [ "$what" = build ]; then
    # That they compile and link is seen without the minutes of optimisation.
    build
    exit 0
fi
build --release

found=''
for target in $targets; do
    corpus=fuzz/corpus/$target
    artifacts=fuzz/artifacts/$target
    mkdir -p "$corpus" "$artifacts"
    # One dictionary for each language; several targets may share it.
    dictionary=fuzz/dictionaries/$target.dict
    case $target in
    import_recorder) dictionary=fuzz/dictionaries/flow_parse.dict ;;
    import_*) dictionary=fuzz/dictionaries/${target#import_}.dict ;;
    esac
    echo "== $target, $seconds s"
    log=fuzz/artifacts/$target.log
    if ! "fuzz/target/$host/release/$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -dict="$dictionary" \
        -artifact_prefix="$artifacts/" "$corpus" "fuzz/seeds/$target" >"$log" 2>&1; then
        found="$found $target"
        tail -n 40 "$log"
    fi
    sed -n 's/^stat::number_of_executed_units: */  executions /p; s/^Done .*/  &/p' "$log"
done
if [ -n "$found" ]; then
    echo "findings in:$found; run a file of fuzz/artifacts through its target, mend, and add it to fuzz/seeds" >&2
    exit 1
fi
