#!/usr/bin/env bash
# Runs every bench once at its smallest size: they must not rot.  KAPITZA_BENCHES names them.
set -u
n=0
for bench in ${KAPITZA_BENCHES-}; do
    n=$((n + 1))
    if output=$("./$bench" --toy 2>&1) && grep -qv '^#' <<<"$output"; then
        echo "ok $n - $bench"
    else
        echo "not ok $n - $bench"
        tail -n 5 <<<"$output" | sed 's/^/# /'
    fi
done
echo "1..$n"
