#!/bin/sh
# Makes a fixture of what a release leaves in a state folder: ./make.sh HEDGEROW NAME, as README.md says.
set -eu
hedgerow=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -shared -fPIC -o "$work/clock.so" "$here/clock.c" -ldl
cp -r "$here/apps" "$work/apps"
cd "$work"

# run SECONDS SET_UP [OPTIONS]: events from stdin through both apps, with the clock starting there.
run() {
    at=$1 set_up=$2
    shift 2
    CLOCK_STARTS_AT=$at LD_PRELOAD=$work/clock.so "$hedgerow" run --state state --team 2 --on-error retry \
        --app apps/keeper --config fails=yes --app apps/later --config "set_up=$set_up" "$@" > /dev/null
}

noon=1672531200 # 2023-01-01T00:00:00Z
hour=3600
# Two days before: work parked in front of an app that is then disabled, and an event that is tried again until that ends.
run $((noon - 49 * hour)) later --no-schedules < "$here/events/parked.jsonl" || true
run $((noon - 48 * hour)) wrong --virtual-clock --no-schedules < "$here/events/exhausted.jsonl" || true
# A day before: jobs of a name that the app then loses; one comes due by noon, one after it.
sed -i 's|/\* gone: () => {}, \*/|gone: () => {},|' apps/keeper/index.ts
run $((noon - 24 * hour)) fine --no-schedules < "$here/events/gone.jsonl" || true
cp "$here/apps/keeper/index.ts" apps/keeper/index.ts
# At noon everything, and two hours later a second attempt of what waits, while an app cannot be set up.
run $noon fine < "$here/events/main.jsonl" || true
run $((noon + 2 * hour)) later < /dev/null || true

python3 - state/hedgerow.sqlite3 > "$here/$2/state.sql" <<'PYTHON'
import sqlite3, sys

file = sqlite3.connect(sys.argv[1])
print("PRAGMA foreign_keys = OFF;")  # tables come in the order of their names
for pragma in ("application_id", "user_version"):
    print(f"PRAGMA {pragma} = {file.execute('PRAGMA ' + pragma).fetchone()[0]};")
for line in file.iterdump():
    print(line)
PYTHON
