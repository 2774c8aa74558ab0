"""The Python package: TAP on stdout.  KAPITZA names the program, KAPITZA_LAYOUT what prints the C
structs, KAPITZA_DATA the folder of shipped runs."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings

import numpy as np

import kapitza
from kapitza import _library

PROGRAM = os.environ["KAPITZA"]
tests = []


def test(function):
    tests.append(function)
    return function


def command(*words):
    """Columns of the program's output."""
    text = subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout
    lines = text.splitlines()
    names = [line for line in lines if line.startswith("#")][-1][2:].split("\t")
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def agree(ours, printed, names, places=14):
    for name in names:
        there = np.array([float(x) for x in printed[name]])
        here = np.asarray(ours[name], float).reshape(-1)
        assert here.shape == there.shape, name
        close = np.isclose(here, there, rtol=10.0**-places, atol=10.0**-places, equal_nan=True)
        assert close.all(), (name, here, there)


def raises(kind, text, function, *words, **settings):
    try:
        function(*words, **settings)
    except kind as error:
        assert text in str(error), str(error)
    else:
        raise AssertionError(f"nothing raised, not {kind.__name__}")


@test
def layout_of_the_structs():
    names = {
        "kz_relax_curve": _library.RelaxCurve, "kz_relax_params": _library.RelaxParams,
        "kz_relax_point": _library.RelaxPoint, "kz_spin_diffusion": _library.SpinDiffusion,
        "kz_fluctuation": _library.Fluctuation, "kz_cumulants": _library.Cumulants,
        "kz_chain": _library.Chain, "kz_state": _library.State, "kz_options": _library.Options,
        "kz_thermo": _library.Thermo, "kz_ray": _library.Ray, "kz_noise": _library.Noise, "kz_law": _library.Law,
        "kz_junction_params": _library.JunctionParams,
        "kz_junction_point": _library.JunctionPoint, "kz_table_point": _library.TablePoint,
        "kz_inverse": _library.Inverse, "kz_propagation_point": _library.PropagationPoint,
    }  # fmt: skip
    lines = subprocess.run(
        [os.environ["KAPITZA_LAYOUT"]], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert len(lines) > 60
    for line in lines:
        what, *numbers = line.split()
        name, _, member = what.partition(".")
        if member:
            field = getattr(names[name], member)
            assert [str(field.offset), str(field.size)] == numbers, line
        else:
            assert [str(_library.c.sizeof(names[name]))] == numbers, line


@test
def thermo_is_the_program():
    ours = kapitza.thermo("P=3", beta=[[0.5], [2.0]], mu=[0.0, 0.7])
    assert ours.shape == (2, 2)
    printed = command("thermo", "--chain", "P=3", "--beta", "0.5,2", "--mu", "0,0.7")
    agree(ours, printed, list(printed))
    ours = kapitza.thermo("xx", temperature=[0.5, -2.0], field=0.3)
    printed = command("thermo", "--chain", "xx", "--temperature=0.5,-2", "--field", "0.3")
    agree(ours, printed, [name for name in printed if name != "h"])
    ours = kapitza.thermo("gamma=pi/4", ["ground,h=0.4", "ceiling", "up"])
    assert ours.magnetization[2] == 0.5 and ours.energy[1] > 0 > ours.energy[0]


@test
def thermo_closed_forms():
    hot = kapitza.thermo(0.5, beta=0.0, mu=1.0)
    assert abs(hot.magnetization - 0.5 * np.tanh(0.5)) < 1e-10
    assert abs(hot.energy - 0.5 * hot.magnetization**2) < 1e-10
    assert abs(kapitza.thermo("xx", "ground").energy + 1 / np.pi) < 1e-10


@test
def profile_is_the_program():
    ours = kapitza.profile("P=3", "T=1,mu=0.5", "ground,h=0.2", np.linspace(-1, 1, 5))
    words = ["--left-state", "T=1,mu=0.5", "--right-state", "ground,h=0.2", "--rays=-1:1:0.5"]
    printed = command("profile", "--chain", "P=3", *words)
    agree(ours, printed, list(printed))


@test
def profile_of_the_domain_wall():
    zeta = np.array([-0.5, 0.0, 0.3])
    wall = kapitza.profile("P=3", "up", "down", zeta)
    exact = -1.5 / np.pi * np.arcsin(zeta * np.sin(np.pi / 3) / np.sin(np.pi / 3))
    assert np.abs(wall.magnetization - exact).max() < 1e-9


@test
def junction_is_the_program():
    printed = command("junction", "--resistance", "0,10,inf")
    agree(kapitza.junction([0, 10, np.inf]), printed, list(printed))
    words = ["--left-state", "up", "--right-state", "down", "--law", "beta"]
    printed = command("junction", *words, "--resistance", "1", "--spin-resistance", "0,10")
    settings = {"left_state": "up", "right_state": "down", "law": "beta"}
    agree(kapitza.junction(1.0, [0, 10], **settings), printed, list(printed))


@test
def junction_profiles():
    junction = kapitza.Junction(right="P=3", tol=1e-8)
    ours = junction.profile([0.5, 0.0, -0.5], 10.0)
    printed = command(
        "junction", "--right", "P=3", "--tol", "1e-8", "--resistance", "10", "--rays=-0.5,0,0.5"
    )
    agree(ours, printed, ["zeta", "energy", "energy_current"], 12)
    assert list(ours.side) == [0, 0, 1, 1]
    table = kapitza.Junction(law=([0.01, 100.0], [1.0, 1.0]), tol=1e-8)
    assert abs(table.solve(10.0).T_plus - kapitza.junction(10.0, tol=1e-8).T_plus) < 1e-7


@test
def propagate_is_a_bipartition_at_a_jump():
    zeta = np.array([-0.4, 0.0, 0.4])
    settings = {"times": 2.0, "positions": 2.0 * zeta, "tol": 1e-8}
    ours = kapitza.propagate("P=3", [-1, 0, 0, 1], [1, 1, 2, 2], 0.0, **settings)
    rays = kapitza.profile("P=3", "beta=1", "beta=2", zeta, tol=1e-8)
    assert np.all(np.abs(ours.energy - rays.energy) <= ours.err + rays.err)
    assert np.all(np.abs(ours.energy_current - rays.energy_current) <= ours.err + rays.err)


@test
def diffusion_is_the_program():
    ours = kapitza.thermo("P=3", beta=1.0, mu=[0.0, 0.5], diffusion=True, tol=1e-7)
    words = ["--chain", "P=3", "--beta", "1", "--mu", "0,0.5", "--diffusion", "--tol", "1e-7"]
    printed = command("thermo", *words)
    agree(ours, printed, list(printed))
    assert np.all(np.abs(ours.spin_onsager - 2 * ours.susceptibility * ours.spin_diffusion) < 1e-6)
    assert kapitza.thermo("xx", beta=1.0, diffusion=True).spin_diffusion == 0
    assert "spin_diffusion" not in kapitza.thermo("xx", beta=1.0).dtype.names


@test
def fluctuations_are_the_program():
    states = ("P=3", "T=2,mu=0.4", "T=0.5")
    words = ["--chain", states[0], "--left-state", states[1], "--right-state", states[2]]
    settings = ["--charge", "energy", "--tol", "1e-8", "--lambda=-1,0,0.5"]
    printed = command("fluctuations", *words, *settings)
    ours = kapitza.fluctuations(*states, "energy", [-1.0, 0.0, 0.5], tol=1e-8)
    agree(ours, printed, ["lambda", "F", "current"], 11)
    assert ours.err.max() <= 1e-8
    first = kapitza.cumulants(*states, "energy", tol=1e-8)
    ray = kapitza.profile(*states, 0.0)
    assert list(first.order) == [1, 2, 3, 4] and first.err.max() < 1e-4 and ray.shape == ()
    assert abs(first.value[0] - ray.energy_current) <= first.err[0] + ray.err
    assert abs(first.value[1] - ray.energy_noise) <= first.err[1] + ray.err
    printed = command("fluctuations", *words, *settings, "--method", "flow")
    ours = kapitza.fluctuations(*states, "energy", [-1.0, 0.0, 0.5], method="flow", tol=1e-8)
    agree(ours, printed, ["lambda", "F", "current"], 11)
    flow = kapitza.cumulants(*states, "energy", method="flow", tol=1e-8)
    assert abs(flow.value[1] - first.value[1]) <= flow.err[1] + first.err[1]
    assert abs(flow.value[2] - first.value[2]) > flow.err[2] + first.err[2]


@test
def fluctuations_of_free_fermions():
    # the energies e = -cos k of all modes arrive at the rate de/2 pi: Levitov's formula
    beta, counted = (0.5, 2.0), 0.7
    e, weight = np.polynomial.legendre.leggauss(60)
    left, right = (1 / (1 + np.exp(b * e)) for b in beta)
    sent, back = left * (1 - right), right * (1 - left)
    inside = 1 + sent * np.expm1(counted * e) + back * np.expm1(-counted * e)
    exact = weight @ np.log(inside) / (2 * np.pi)
    ours = kapitza.fluctuations("xx", "beta=0.5", "beta=2", "energy", counted)
    assert ours.shape == () and abs(ours.F - exact) < 1e-10
    found = kapitza.cumulants("xx", "beta=0.5", "beta=2", "energy").value
    assert abs(found[0] - weight @ (e * (left - right)) / (2 * np.pi)) < 1e-10


RELAX = {"length": 10, "conductivity": 1, "capacity": 1, "initial": 1.0, "tol": 1e-8}
RELAX_WORDS = ["--length", "10", "--conductivity", "1", "--capacity", "1", "--initial", "1",
               "--tol", "1e-8"]  # fmt: skip


@test
def relax_is_the_program():
    relaxation = kapitza.Relaxation(right="P=3", **RELAX)
    words = ["relax", "--right", "P=3", *RELAX_WORDS, "--times", "0,2,50"]
    printed = command(*words)
    agree(relaxation.solve([0, 2, 50]), printed, list(printed), 13)
    inside = relaxation.profile([0, 2, 50], [-5.0, 0.0, 1.5])
    printed = command(*words, "--profile", "--positions=-5,0,1.5")
    assert inside.shape == (3, 3)
    agree(inside, printed, list(printed), 13)
    found = kapitza.junction(10.0, right="P=3")
    steady = relaxation.steady
    assert abs(steady.T_minus - found.T_minus) < 1e-8 and relaxation.linear_rate > 0
    late = kapitza.relax(1e5, right="P=3", **RELAX)
    assert abs(late.T_plus - found.T_plus) < 1e-8
    assert abs(late.energy - relaxation.steady_energy) < 1e-7


@test
def relax_beside_the_junction():
    free = kapitza.Relaxation(right="xx", **{**RELAX, "tol": 1e-5})
    beside, ends = free.rays([50.0], [0.0, -1.5, 1.5]), free.solve([50.0])
    assert beside.shape == (1, 4)
    assert list(beside.side[0]) == [0, 0, 1, 1] and list(beside.zeta[0]) == [-1.5, 0, 0, 1.5]
    exact = [0, ends.current_left[0], ends.current_right[0], 0]
    assert np.abs(beside.energy_current[0] - exact).max() < 1e-5
    assert np.abs(beside.energy[0, [0, 3]] - [1 / np.pi, -1 / np.pi]).max() < 1e-5


@test
def relax_with_tables():
    words = {**RELAX, "right": "xx", "tol": 1e-4}
    flat = {"conductivity": ([0.01, 100], [1, 1]), "initial": ([-5, 0, 5], [1, 1, 1])}
    same = kapitza.relax([1.0, 20.0], **{**words, **flat})
    plain = kapitza.relax([1.0, 20.0], **words)
    assert np.abs(same.T_minus - plain.T_minus).max() < 1e-4
    hot = kapitza.Relaxation(**{**words, "law": "beta", "initial": np.inf})
    assert hot.solve(0.0).T_plus == np.inf and hot.profile(0.0, 0.0)["T"] == np.inf


@test
def tables_and_inversion():
    beta, mu = np.array([0.3, 1.2]), np.array([-0.4, 0.9])
    state = kapitza.thermo("P=3", beta=beta, mu=mu)
    found = kapitza.invert("P=3", state.energy, state.magnetization)
    assert list(found.status) == ["ok", "ok"]
    assert np.abs(found.beta - beta).max() < 1e-7 and np.abs(found.mu - mu).max() < 1e-7
    table = kapitza.Table("P=3", np.linspace(0, 2, 21), np.linspace(-1, 1, 21))
    assert table.shape == (21, 21) and not table.energy_only and table.delta == 0.5
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.h5")
        table.write(path)
        again = kapitza.Table.read(path)
    assert np.array_equal(again.nodes.energy, table.nodes.energy)
    found = again.invert(state.energy, state.magnetization)
    assert np.all(np.abs(found.beta - beta) <= 2 * found.err)
    value = again.evaluate(beta, mu)
    assert np.all(np.abs(value.energy - state.energy) <= value.err + 1e-10)
    assert list(kapitza.invert("P=3", [5.0, 0.0]).status) == ["outside", "ok"]
    band = kapitza.Table("P=3", energy_only=True)
    assert band.energy_only and abs(band.invert(state.energy[0] * 0).beta) < 1e-8


@test
def runs():
    run = kapitza.Run(os.path.join(os.environ["KAPITZA_DATA"], "energy-pi3-chi350.h5"))
    assert run["energy"].shape == (run.time.size, run.site.size)
    assert run.at(run.time[-1])["energy"].shape == run.site.shape
    assert run.attributes["left"] == "xx" and "140 sites" in repr(run)
    raises(kapitza.InvalidArgument, "was not measured", run.at, 0.123)
    raises(kapitza.IOFailure, "no-such-file", kapitza.Run, "no-such-file")


@test
def errors_carry_the_text_of_the_library():
    invalid = kapitza.InvalidArgument
    raises(invalid, "unknown chain", kapitza.thermo, "foo", beta=1)
    raises(invalid, "not a whole number", kapitza.thermo, "P=1", beta=1)
    raises(invalid, "0 < gamma < pi", kapitza.thermo, "gamma=-pi/4", beta=1)
    raises(invalid, "is not cos(pi", kapitza.thermo, 0.123456, beta=1)
    raises(ValueError, "tol", kapitza.thermo, "xx", beta=1, tol=2)
    raises(invalid, "exactly one of", kapitza.thermo, "xx")
    raises(invalid, "T = 0", kapitza.state, "T=0")
    raises(invalid, "not a number", kapitza.state, "T=__import__('os')")
    raises(invalid, "not understood", kapitza.state, "ceiling,mu=1")
    raises(invalid, "resistance -1: accepted 0 ... inf", kapitza.junction, -1.0)
    raises(invalid, "left reservoir is magnetized", kapitza.Junction, left_state="up")
    raises(invalid, "spin=True", kapitza.Junction().solve, 1.0, 1.0)
    wall = ("P=3", "up", "down")
    raises(invalid, 'accepted: "energy", "spin"', kapitza.fluctuations, *wall, "heat", 1.0)
    raises(invalid, 'accepted: "transport", "flow"', kapitza.cumulants, *wall, "spin", method="x")
    raises(invalid, "lambda 0 is not finite", kapitza.fluctuations, *wall, "spin", np.inf)
    isotropic = ("Delta=1", "T=1", "T=2", "spin")
    raises(invalid, "the flow of biased states", kapitza.cumulants, *isotropic, method="flow")
    raises(invalid, "length -1", kapitza.Relaxation, **{**RELAX, "length": -1})
    raises(invalid, "capacity: two arrays", kapitza.Relaxation, **{**RELAX, "capacity": ([1], [2])})
    raises(invalid, "temperature 0", kapitza.Relaxation, **{**RELAX, "initial": 0})
    raises(invalid, "reach from x", kapitza.Relaxation, **{**RELAX, "initial": ([0, 5], [1, 1])})
    raises(invalid, "0 or later", kapitza.Relaxation(**RELAX).solve, -1.0)
    raises(invalid, "not in the junction", kapitza.Relaxation(**RELAX).profile, 1.0, 6.0)
    raises(kapitza.IOFailure, "no-such-file", kapitza.Table.read, "no-such-file")
    raises(OSError, "no-such-folder", kapitza.Table("xx", [0.0, 1.0], [0.0]).write, "no-such-folder/t.h5")


@test
def missed_tolerances_warn():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        met = kapitza.junction(10.0, right="P=3")
        assert met.err <= 1e-10 and not caught
        missed = kapitza.junction([1.0, np.inf], left="P=4", right="xx", law="beta", tol=1e-13)
    assert missed.err[0] > 1e-13 and np.isfinite(missed.energy_current).all()
    assert [w.category for w in caught] == [kapitza.ToleranceWarning]
    assert "1 of 2 results" in str(caught[0].message)


@test
def progress_and_cancelling():
    seen = []
    kapitza.thermo("xx", beta=np.arange(5.0), progress=lambda done, total: seen.append((done, total)))
    assert seen and all(total == 5 for _, total in seen)
    settings = {"progress": lambda done, total: 1 / 0}
    raises(ZeroDivisionError, "", kapitza.thermo, "xx", beta=np.arange(5.0), **settings)


@test
def interrupts_end_long_calls():
    # a shell without job control starts background jobs with SIGINT ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.monotonic()
    rays = np.linspace(-1, 1, 100000)
    raises(KeyboardInterrupt, "", kapitza.profile, "P=4", "T=1", "T=2", rays)
    timer.join()
    junction = kapitza.Junction(right="P=4")
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    raises(KeyboardInterrupt, "", junction.profile, rays, 10.0)
    timer.join()
    assert time.monotonic() - begun < 20
    assert abs(junction.solve(0.0).T_plus - junction.solve(0.0).T_minus) == 0  # it still works
    assert np.isfinite(kapitza.thermo("xx", beta=1.0).energy)


def main():
    code = 0
    for number, function in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} - {function.__name__}")
        except BaseException:
            code = 1
            print(f"not ok {number} - {function.__name__}")
            print("# " + traceback.format_exc().replace("\n", "\n# "))
        sys.stdout.flush()
    print(f"1..{len(tests)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
