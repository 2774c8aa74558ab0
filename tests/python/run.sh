#!/usr/bin/env bash
# The Python package as it will be installed, and its example: TAP on stdout.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/kapitza" && cp "$root"/python/kapitza/*.py "$work/kapitza" || exit 99
version=$("$KAPITZA" --version | sed -n '1s/kapitza //p')
printf 'VERSION = "%s"\nLIBRARY = ""\n' "$version" >"$work/kapitza/_build.py"
export PYTHONPATH=$work OMP_NUM_THREADS=2 PYTHONDONTWRITEBYTECODE=1
"${KAPITZA_PYTHON:-python3}" "$here/python.py" >"$work/log"
code=$?
grep -v '^1\.\.' "$work/log"
tests=$(grep -c '^\(not \)\?ok ' "$work/log")
verdict=ok
[ "$code" -eq 0 ] || verdict="not ok"
echo "$verdict $((tests + 1)) - python ends with status 0 ($code)"
cd "$work" && "${KAPITZA_PYTHON:-python3}" "$root/examples/python-junction.py"
verdict=ok
[ "$(head -c 4 python-junction.png | tail -c 3)" = PNG ] || verdict="not ok"
echo "$verdict $((tests + 2)) - the example makes its picture"
echo "1..$((tests + 2))"
