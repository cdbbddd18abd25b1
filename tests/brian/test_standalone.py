"""Scripts for Brian's standalone mode."""

import numpy as np
import pytest

from eqsim.errors import ModelError, RunError

pytestmark = [pytest.mark.compiler, pytest.mark.slow]

SCRIPT = """
from eqsim.brian import *

{begin}
tau = 10*ms
cells = NeuronGroup(3, '''dv/dt = (I - v)/tau : volt
I : volt''', threshold='v > 8*mV', reset='v = 0*mV', method='exact', name='cells')
cells.I = [5, 10, 20]*mV
wave = TimedArray([1., 2., 3.], dt=2*ms)
ramp = NeuronGroup(2, 'dx/dt = wave(t)/ms : 1', method='euler', name='ramp')
traces = StateMonitor(cells, 'v', record=True)
spikes = SpikeMonitor(cells)
rate = PopulationRateMonitor(cells)
run(10*ms)
cells.I = [0, 5, 30]*mV
run(5*ms)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def executed(begin, end=""):
    names = {"__name__": "script"}
    exec(SCRIPT.format(begin=begin) + end, names)
    return names


def found(names):
    return {
        "v": names["cells"].v_[:], "x": names["ramp"].x[:], "traces": names["traces"].v_,
        "i": names["spikes"].i, "t": names["spikes"].t_, "count": names["spikes"].count,
        "rate": names["rate"].rate_, "end": float(names["cells"].t),
    }  # fmt: skip


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_several_runs_built_at_the_end_give_what_they_give_in_the_process(folder, capfd):
    here = found(executed("set_device('runtime'); set_target('cpp')"))
    names = executed(
        "set_device('cpp_standalone', build_on_run=False)", "device.build(with_output=False)"
    )

    assert_same(found(names), here)
    assert (folder / "output" / "CMakeLists.txt").is_file()
    assert names["device"].project_dir == "output"
    assert capfd.readouterr().out == ""


def test_program_runs_again_with_other_values(folder):
    build = "set_device('cpp_standalone', build_on_run=False)"
    names = executed(build, "device.build(directory='project', with_output=False)")
    first = found(names)
    exec(
        "device.run(results_directory='other', with_output=False, run_args={cells.v: [1, 2, 3]*mV,"
        " 'tau': 5*ms, wave: array([2., 4., 6.])})",
        names,
    )
    other = found(names)
    exec("device.run(with_output=False, run_args={cells.v: 1*mV})", names)
    one_for_all = names["traces"].v_[:, 0]
    exec("device.run(with_output=False, run_args=['cells.v=0.002'])", names)

    np.testing.assert_allclose(other["traces"][:, 0], [0.001, 0.002, 0.003])
    np.testing.assert_allclose(other["x"], 2 * first["x"])
    np.testing.assert_allclose(one_for_all, 0.001)
    np.testing.assert_allclose(names["traces"].v_[:, 0], 0.002)
    assert (folder / "project" / "other" / "run.json").is_file()
    exec("device.run(with_output=False)", names)
    assert_same(found(names), first)
    with pytest.raises(RunError, match="the model has no parameter 'tauu' \\(did you mean 'tau'"):
        exec("device.run(with_output=False, run_args={'tauu': 1*ms})", names)
    with pytest.raises(ModelError, match="are of shape \\(3,\\) and its unit"):
        exec("device.run(run_args={wave: array([1., 2.])})", names)
    with pytest.raises(ModelError, match="results_directory is a folder within the project"):
        exec("device.run(results_directory='/tmp/x')", names)


def test_values_are_not_known_before_the_program_has_run():
    build = "set_device('cpp_standalone', build_on_run=False)"
    with pytest.raises(RunError) as raised:
        executed(build, "traces.v")

    assert str(raised.value) == (
        "how much was recorded: not known before the program has run\n"
        "  call device.build() first, or set_device('runtime')"
    )


def test_built_on_the_first_run_a_second_one_is_refused(folder):
    with pytest.raises(RunError) as raised:
        executed("set_device('cpp_standalone', directory='first', with_output=False)")

    assert str(raised.value) == (
        "the program has been built and run already, and cannot run on\n"
        "  for several calls of run(), write set_device('cpp_standalone', build_on_run=False) and"
        " device.build() after the last;\n"
        "  to begin anew: device.reinit() and device.activate()"
    )
    assert (folder / "first" / "results").is_dir()


def test_device_begins_anew_and_deletes_its_project(folder):
    names = executed(
        "set_device('cpp_standalone', build_on_run=False)",
        """
device.build(directory='project', compile=False)
device.delete()
device.reinit()
device.activate(build_on_run=False)
alone = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler', name='alone')
network = Network(alone)
network.run(2*ms)
device.build(directory=None, with_output=False)
""",
    )

    assert not (folder / "project").exists()
    assert list(folder.iterdir()) == []
    np.testing.assert_allclose(names["alone"].x[:], [2.0])


@pytest.mark.parametrize(
    ("line", "error", "text"),
    [
        (
            "set_device('cpp')", ModelError,
            "there is no device 'cpp'\n  known: 'runtime', 'cpp_standalone', 'cuda_standalone'",
        ),
        (
            "set_device('runtime', directry='x')", ModelError,
            "'directry' is no option of the device 'runtime'\n  known: build_on_run, directory,"
            " results_directory, compile, run, run_args, with_output, clean, debug,"
            " additional_source_files, direct_call\n  did you mean 'directory'?",
        ),
        (
            "set_device('runtime'); device.run()", ModelError,
            "device.run() runs the program of a standalone device, and this is 'runtime'\n"
            "  call run(), or set_device('cpp_standalone', build_on_run=False) at the beginning",
        ),
        (
            "set_device('cpp_standalone'); device.run()", ModelError,
            "there is no program to run yet\n  call device.build() first",
        ),
        (
            "set_device('cpp_standalone'); device.build()", ModelError,
            "the script has no run\n  add one: run(100*ms), or network.run(100*ms)",
        ),
    ],
)  # fmt: skip
def test_device_tells_what_it_cannot_do(line, error, text):
    with pytest.raises(error) as raised:
        exec(f"from eqsim.brian import *\n{line}", {})

    assert str(raised.value) == text


def test_code_for_a_main_program_is_ignored_where_there_is_none(caplog):
    exec("from eqsim.brian import *\ndevice.insert_code('main', 'x')", {})

    assert caplog.messages == [
        "device 'runtime' has no main program: code for the slot 'main' is ignored; write it as"
        " statements, group.run_regularly, group.run_at, or a function with"
        " @implementation('cpp', ...)"
    ]


def reported(report, period="0.01*second"):
    names = {"__name__": "script", "seen": []}
    text = f"""
from eqsim.brian import *

set_device('cpp_standalone', build_on_run=False)
cells = NeuronGroup(2, 'dx/dt = 1/ms : 1', method='euler')

def told(elapsed, completed, start, duration):
    seen.append((elapsed/second, completed, start/ms, duration/ms))

run(5*ms, report={report}, report_period={period})
run(15*ms)
device.insert_code('before_start', 'int counted = 40;')
device.insert_code('after_end', 'counted += 2; cout << "counted " << counted << endl;')
device.build(directory='project', with_output={report == "None"})
"""
    exec(text, names)
    return names


def test_report_of_a_program_is_told_while_it_runs(capfd):
    seen = reported("told")["seen"]

    assert seen[0] == (0, 0, 0, 20)
    assert seen[-1][1:] == (1, 0, 20)
    assert [part for _, part, _, _ in seen] == sorted(part for _, part, _, _ in seen)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("stream", ["text", "stderr"])
def test_report_of_a_program_as_text(stream, capsys):
    reported(repr(stream))

    told = capsys.readouterr()
    lines = (told.err if stream == "stderr" else told.out).splitlines()
    assert lines[0] == "Simulating 20 ms from t = 0 s"
    assert lines[-1].startswith("100% of 20 ms simulated in ")


def test_code_is_inserted_into_the_main_program(capsys):
    names = reported("None")

    assert capsys.readouterr().out.splitlines()[-1] == "counted 42"
    with pytest.raises(ModelError) as raised:
        exec("device.insert_code('mian', '')", names)
    assert str(raised.value) == (
        "the main program has no slot 'mian'\n"
        "  known: 'before_start', 'after_start', 'main', 'before_network_run',"
        " 'after_network_run', 'before_end', 'after_end'\n  did you mean 'main'?"
    )
