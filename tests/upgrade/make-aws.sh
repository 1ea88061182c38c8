#!/bin/sh
# Makes a fixture of what a release leaves in a stack, from what it left in a state folder: ./make-aws.sh RELEASE NAME, as README.md
# says. RELEASE is a work tree of it. Cargo builds into CARGO_TARGET_DIR.
set -eu
release=$1
here=$(cd "$(dirname "$0")" && pwd)
fixture=$here/$2
work=$(mktemp -d)
cp "$here/put.rs" "$release/adapters/aws/tests/it/upgrade.rs"
grep -q "mod upgrade;" "$release/adapters/aws/tests/it/main.rs" ||
    printf '#[cfg(test)]\nmod upgrade;\n' >> "$release/adapters/aws/tests/it/main.rs"
(cd "$release" && cargo test --no-run -p adapter-aws --test it)

# The emulator that `cargo xtask` has installed.
python=$(ls -d "${XDG_CACHE_HOME:-$HOME/.cache}"/hedgerow/emulator/*/environment/bin/python | tail -1)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port AUTH=true IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 "$python" -m ministack > "$work/log" 2>&1 &
emulator=$!
trap 'kill $emulator; rm -rf "$work"' EXIT
until "$python" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:$port/_ministack/health')" 2> "$work/health"; do sleep 1; done

"$python" "$here/aws.py" rows "$fixture/state.sql" > "$work/rows.json"
(
    cd "$release"
    HEDGEROW_TEST_AWS_ENDPOINT=http://127.0.0.1:$port UPGRADE_ROWS=$work/rows.json UPGRADE_FILE=$work/file UPGRADE_ACCOUNT=$work/account \
        cargo test -p adapter-aws --test it upgrade::put
)
"$python" "$here/aws.py" dump "http://127.0.0.1:$port" "$(cat "$work/account")" "$(cat "$work/file")" > "$fixture/aws.json"
