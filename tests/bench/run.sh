#!/usr/bin/env bash
# Measures certctl against curl and against its own budget; prints the tables of
# docs/performance.md. Needs curl, hyperfine, jq, python3, valgrind and GNU time.
#
#   tests/bench/run.sh          everything; takes about two minutes after the build
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..

for tool in curl hyperfine jq python3 valgrind /usr/bin/time; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done

cargo build --quiet --release --manifest-path "$root/Cargo.toml"
target=$(cargo metadata --format-version 1 --no-deps --manifest-path "$root/Cargo.toml" |
    jq -r .target_directory)
sandbox=$target/release/certctl-sandbox

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
# As it is installed. What the linker wrote lies in the page cache in small pieces, which costs each
# start a fifth of a millisecond that no installed program pays.
certctl=$work/certctl
cp "$target/release/certctl" "$certctl"

# serve NAME SCENARIO [FLAG…]: starts a sandbox and writes its environment to NAME.env
serve() {
    local name=$1
    echo "$2" >"$work/$name.json"
    shift 2
    "$sandbox" serve --scenario "$work/$name.json" --log "$work/$name.log" --format shell "$@" \
        >"$work/$name.env" &
    until grep -q SECRET "$work/$name.env"; do sleep 0.05; done
    sleep 0.05
}

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : //p'
}

memory() {
    /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1
}

mib() {
    python3 -c "print(f'{$1 / 1024:.1f} MiB')"
}

echo '## Start'
echo
echo '| command | instructions | budget |'
echo '|---|---|---|'
for arg in --version --help; do
    echo "| \`certctl $arg\` | $(instructions "$certctl" $arg) | 1,000,000 |"
done
size=$(stat -c %s "$certctl" 2>/dev/null || stat -f %z "$certctl")
echo
echo "Size of the stripped binary: $size bytes (budget 8,000,000)."
echo

echo '## One call'
echo
echo '| one call | certctl, median | curl, median | ratio | budget | instructions | peak memory |'
echo '|---|---|---|---|---|---|---|'
# As many bytes as the call of certctl; the nonce is used up, so curl is answered a refusal.
body='AccessKeyId=LTAISANDBOXSANDBOX00&Action=BatchSetCdnDomainServerCertificate&DomainName=a.com&Format=JSON&SSLProtocol=on&SignatureMethod=HMAC-SHA1&SignatureNonce=3ee8c1b83d3444afa94f4e0ad82fd6cf&SignatureVersion=1.0&Timestamp=2026-01-01T00%3A00%3A00Z&Version=2018-05-10&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D'
for scheme in http https; do
    flag=
    test "$scheme" = http || flag=--tls
    serve "$scheme" '{"account": {"unlimited_rate": true}}' $flag
    (
        # shellcheck disable=SC1090
        . "$work/$scheme.env"
        trust=
        test "$scheme" = http || trust="--cacert $SSL_CERT_FILE"
        # Reads nothing first, so that it is one call.
        call="$certctl cdn set --domains a.com --on --no-preview"
        # Turn by turn, so that what else the machine does meets both alike.
        for round in 1 2 3 4 5 6 7 8 9 10; do
            hyperfine -N --style none --warmup 5 --runs 50 --export-json "$work/times.$round" \
                "$call" "curl -s -o /dev/null $trust -d '$body' $CERTCTL_ENDPOINT/" >/dev/null 2>&1
        done
        # The medians of ten rounds: certctl, curl, and their ratio within a round.
        read -r ours theirs ratio < <(jq -rs '
            def median: sort | .[length / 2 | floor];
            map(.results | map(.median * 1000)) |
            [(map(.[0]) | median), (map(.[1]) | median), (map(.[0] / .[1]) | median)] | @tsv
        ' "$work"/times.*)
        count=$(instructions $call)
        peak=$(memory $call)
        limit=-
        test "$scheme" = http || limit=6,000,000
        python3 -c "print(f'| $scheme | {$ours:.2f} ms | {$theirs:.2f} ms | {$ratio:.2f} | 0.35; $limit; 8 MiB | {$count:,} | $(mib "$peak") |')"
    )
done
echo

echo '## 10,000 domains, 50 a call, 10 calls a second'
echo
echo '| each answer takes | time | budget | calls throttled | most calls in a second | peak memory (budget 16 MiB) |'
echo '|---|---|---|---|---|---|'
seq -f 'd%.0f.example.com' 10000 >"$work/domains.txt"
for latency in 0 300; do
    serve "many$latency" "{\"latency_ms\": $latency}"
    (
        # shellcheck disable=SC1090
        . "$work/many$latency.env"
        /usr/bin/time -f '%e %M' -o "$work/cost" "$certctl" cdn set -q \
            --domains-file "$work/domains.txt" --on >"$work/answer"
        read -r seconds peak <"$work/cost"
        changed=$(jq .summary.changed "$work/answer")
        test "$changed" = 10000 || { echo "only $changed changed" >&2; exit 1; }
        throttled=$(jq -s 'map(select(.code != null)) | length' "$work/many$latency.log")
        most=$(jq -s 'map(.time_us)' "$work/many$latency.log" | python3 -c '
import bisect, json, sys
times = sorted(json.load(sys.stdin))
print(max(bisect.bisect_left(times, t + 1_000_000) - i for i, t in enumerate(times)))')
        budget=20
        test "$latency" = 0 || budget=21
        echo "| $latency ms | $seconds s | $budget s | $throttled | $most | $(mib "$peak") |"
    )
done
echo

echo '## 10,000 domains that are all so already'
echo
echo '| asked for | time | budget | calls | peak memory |'
echo '|---|---|---|---|---|'
python3 - "$work" <<'PYTHON'
import json, sys
domains = open(f"{sys.argv[1]}/domains.txt").read().split()
with open(f"{sys.argv[1]}/served", "w") as file:
    json.dump({"account": {"https_domains": domains}}, file)
PYTHON
serve served "$(cat "$work/served")"
(
    # shellcheck disable=SC1090
    . "$work/served.env"
    for asked in '--on' '--cert 1000001'; do
        before=$(wc -l <"$work/served.log")
        # shellcheck disable=SC2086
        /usr/bin/time -f '%e %M' -o "$work/cost" "$certctl" cdn set -q \
            --domains-file "$work/domains.txt" $asked >"$work/answer"
        read -r seconds peak <"$work/cost"
        unchanged=$(jq .summary.unchanged "$work/answer")
        test "$unchanged" = 10000 || { echo "only $unchanged unchanged" >&2; exit 1; }
        calls=$(($(wc -l <"$work/served.log") - before))
        echo "| \`$asked\` | $seconds s | 2 s | $calls | $(mib "$peak") |"
    done
)
