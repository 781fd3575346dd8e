#!/bin/sh
# Points the vendors' official SDKs at the sandbox: those for Python, and where npm is at hand the one
# of Tencent Cloud for Node.js. Needs python3 and, the first time, package indexes; what they give
# stays in tests/peers/.venv* and tests/peers/node/node_modules.
#
# Each file of cases has a sandbox of its own. cases/ runs with requirements.txt, mainland/ with
# requirements-mainland.txt: the two editions of Tencent Cloud's SDK have one name and exclude
# each other.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
manifest=$here/../../Cargo.toml

cargo build --quiet --manifest-path "$manifest" --bin certctl-sandbox
target=$(cargo metadata --format-version 1 --no-deps --manifest-path "$manifest" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
sandbox=$target/debug/certctl-sandbox

work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT
"$sandbox" pki --out "$work/pki" --names 'a.com,b.com,test.com,example.com,*.example.com'

# install REQUIREMENTS VENV
install() {
    if ! cmp -s "$here/$1" "$here/$2/installed.txt"; then
        rm -rf "${here:?}/$2"
        python3 -m venv "$here/$2"
        "$here/$2/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/$1"
        cp "$here/$1" "$here/$2/installed.txt"
    fi
}

# play NAME COMMAND...: the command is given the sandbox and the certificates.
play() {
    echo "-- $1"
    shift
    "$sandbox" serve --log "$work/log" >"$work/sandbox.json" &
    server=$!
    until test -s "$work/sandbox.json"; do
        kill -0 "$server"
        sleep 0.1
    done
    played=0
    "$@" || played=1
    kill "$server"
    wait "$server" || true
    server=
    rm "$work/sandbox.json"
    return $played
}

# python VENV FILE
python() {
    play "${2#"$here"/}" "$here/$1/bin/python" -W ignore "$here/peers.py" \
        "$work/sandbox.json" "$work/pki" "$2"
}

# Without arguments every file is played; with names only those: run.sh cdn ga.
wanted() {
    test $# -eq 1 && return 0
    name=$1
    shift
    for one; do test "$one" = "$name" && return 0; done
    return 1
}

status=0
for folder in cases:.venv:requirements.txt mainland:.venv-mainland:requirements-mainland.txt; do
    IFS=: read -r cases venv requirements <<END
$folder
END
    for file in "$here/$cases"/*.py; do
        test -e "$file" || continue
        wanted "$(basename "$file" .py)" "$@" || continue
        install "$requirements" "$venv"
        python "$venv" "$file" || status=1
    done
done
if wanted node "$@"; then
    if command -v npm >/dev/null; then
        npm install --prefix "$here/node" --silent --no-audit --no-fund --no-package-lock
        play node/ssl.js node "$here/node/ssl.js" "$work/sandbox.json" "$work/pki" || status=1
    else
        echo "-- node/ssl.js left out: there is no npm"
    fi
fi
exit $status
