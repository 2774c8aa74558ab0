#!/usr/bin/env bash
# RUN.h5 in other hands: h5py and h5repack read it, and what they write is read.
. "$(dirname "$0")/lib.sh"

python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import h5py' 2>/dev/null; then python=$candidate; fi
done

run quench --left xx --right P=4 --initial domain-wall --length 16 --times 0:3:1 --density-matrices -o run.h5
exits 0 "a run"
if [ -n "$python" ]; then
    is "texts and scales in h5py" "$("$python" - <<'END'
import h5py
with h5py.File("run.h5") as f:
    texts = [v for v in f.attrs.values() if not hasattr(v, "dtype")]
    energy = f["energy"]
    print(len(texts), all(isinstance(v, str) for v in texts), f.attrs["left"],
          int(f.attrs["times_left"]), list(energy.dims[0]["time"]), int(energy.dims[1]["site"][0]),
          f["density_matrix"].dims[1][0].shape[0])
END
)" "12 True xx 0 [0.0, 1.0, 2.0, 3.0] -7 14"
    "$python" - <<'END'
import h5py
with h5py.File("run.h5") as f, h5py.File("copy.h5", "w") as g:
    for name, value in f.attrs.items():
        g.attrs[name] = value.encode() if isinstance(value, str) and name != "left" else value
    for name, data in f.items():
        g.create_dataset(name, data=data[()], chunks=tuple(1 for _ in data.shape), compression="lzf")
END
    same_rows "a copy by h5py" copy.h5 run.h5
else
    skip "texts and scales in h5py" "no python3 with h5py"
    skip "a copy by h5py" "no python3 with h5py"
fi
if command -v h5repack >/dev/null; then
    h5repack -f NONE -l CONTI run.h5 plain.h5 && same_rows "a copy by h5repack" plain.h5 run.h5
else
    skip "a copy by h5repack" "no h5repack"
fi

# A table in other hands, and files that another program has open for writing.
run table --chain P=3 --beta -1:1:0.1 --mu 0,0.5,1 --tol 1e-8 -o table.h5
exits 0 "a table"
inverted() { echo "-0.1 0.2" | "$KAPITZA" invert --table "$1" | grep -v '^#'; }
if [ -n "$python" ]; then
    "$python" - <<'END'
import h5py, numpy
with h5py.File("table.h5") as f, h5py.File("copy.h5", "w") as g, h5py.File("single.h5", "w") as h:
    for name, value in reversed(list(f.attrs.items())):
        g.attrs[name] = numpy.bytes_(value) if isinstance(value, str) else numpy.array([value])
        h.attrs[name] = value
    g.attrs["history"] = "rewritten"
    for name, data in f.items():
        g.create_dataset(name, data=data[()].astype(">f8"), compression="gzip", fletcher32=True)
        h.create_dataset(name, data=data[()].astype("f4"))
END
    is "a table copied by h5py" "$(inverted copy.h5)" "$(inverted table.h5)"
    refused 4 'single.h5: dataset .* holds less than 64-bit' invert --table single.h5 --energy 0
    "$python" -c '
import h5py, subprocess, sys
for name, words in ("table.h5", ["invert", "--energy", "0", "--table"]), ("run.h5", ["export"]):
    with h5py.File(name, "r+"):
        p = subprocess.run([sys.argv[1], *words, name], stderr=subprocess.PIPE, text=True)
        print(p.returncode, p.stderr.strip())' "$KAPITZA" >"$work/held"
    is "a table that is open elsewhere" "$(sed -n 1p "$work/held")" \
        "4 kapitza invert: table.h5: is open for writing in another program; close it there"
    is "a run that is" "$(sed -n 2p "$work/held")" \
        "4 kapitza export: run.h5: is open for writing in another program; close it there"
    "$python" -c '
import h5py
with h5py.File("table.h5", "r+") as f: f.attrs["tol"] = 1e-3'
    refused 4 'table.h5: is damaged, or was edited' invert --table table.h5 --energy 0
else
    not_ok "copies of tables" "no python3 with h5py"
fi

# What is no run says so.
head -c 3000 run.h5 >cut.h5
refused 4 'cut.h5: is truncated' export cut.h5
refused 4 'none.h5: No such file' export none.h5
refused 4 '\.: is a directory' export .
mkfifo pipe.h5
refused 4 'pipe.h5: is not an ordinary file' export pipe.h5
refused 4 'pipe.h5: is not an ordinary file' invert --table pipe.h5 --energy 0
: >empty.h5
refused 4 'empty.h5: is empty' export empty.h5
echo text >text.h5
refused 4 'text.h5: is not an HDF5 file' export text.h5
run table --chain xx --beta 0:1:0.5 --mu 0 -o table.h5
refused 4 'table.h5: is not a file that quench has written' export table.h5
finish
