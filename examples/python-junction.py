"""Energy across the junction for three resistances, from Python: python-junction.png."""
import subprocess
import numpy as np
import kapitza

junction = kapitza.Junction("xx", "gamma=pi/4", "ceiling", "ground")
plots, data = [], ""
for resistance in (0, 10, 100):
    row = junction.profile(np.linspace(-1.2, 1.2, 121), resistance)
    plots.append(f"'-' using 1:2 with lines lw 2 title 'R = {resistance}'")
    data += "".join(f"{r.zeta} {r.energy}\n" for r in row) + "e\n"
head = "set terminal pngcairo size 800,500; set output 'python-junction.png'; set grid;"
head += "set xlabel 'x/t'; set ylabel 'energy per bond (J)';"
subprocess.run(["gnuplot"], input=f"{head} plot {', '.join(plots)}\n{data}", text=True, check=True)
