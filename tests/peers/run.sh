#!/bin/sh
# Points the vendors' official Python SDKs at the sandbox. Needs python3 and, the first time, a
# package index; the virtual environment stays in tests/peers/.venv.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/.venv

if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi

cargo build --quiet --manifest-path "$here/../../Cargo.toml" --bin certctl-sandbox
target=$(cargo metadata --format-version 1 --no-deps --manifest-path "$here/../../Cargo.toml" |
    "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
sandbox=$target/debug/certctl-sandbox

work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT
"$sandbox" pki --out "$work/pki" --names 'a.com,b.com,test.com,example.com,*.example.com'
"$sandbox" serve --log "$work/log" >"$work/sandbox.json" &
server=$!
until test -s "$work/sandbox.json"; do
    kill -0 "$server"
    sleep 0.2
done
"$venv/bin/python" -W ignore "$here/peers.py" "$work/sandbox.json" "$work/pki"
