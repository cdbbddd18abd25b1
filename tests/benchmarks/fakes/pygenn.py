"""Stands for GeNN 5 in tests: what the benchmarks call of it, run by the processor.

Names and arguments are those of GeNN's documentation, and nothing else is taken. Code of neurons
is compiled as the C that it is; the rest is NumPy. It is no simulator: what the tests need of it
is that a network of ``genn_models.py`` does what the same network does elsewhere.
"""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np

VarLocation = SimpleNamespace(DEVICE="device", HOST_DEVICE="host and device")
SNIPPETS = {
    "Uniform": {"min", "max"},
    "Normal": {"mean", "sd"},
    "NormalClipped": {"mean", "sd", "min", "max"},
    "NormalClippedDelay": {"mean", "sd", "min", "max"},
    "FixedProbability": {"prob"},
    "FixedNumberTotalWithReplacement": {"num"},
    "StaticPulseConstantWeight": {"g"},
    "StaticPulseDendriticDelay": set(),
    "DeltaCurr": set(),
}
PRELUDE = """
#include <stdint.h>
typedef {precision} scalar;
static uint64_t state = 88172645463325252ull;
static inline scalar gennrand_uniform() {{
    state ^= state << 13; state ^= state >> 7; state ^= state << 17;
    return (scalar)((state >> 11) + 1) / (scalar)9007199254740992.0;
}}
"""


def _snippet(name, parameters):
    assert set(parameters) == SNIPPETS[name], (name, parameters)
    return SimpleNamespace(name=name, **parameters)


def init_var(name, params):
    return _snippet(name, params)


def init_sparse_connectivity(name, params):
    return _snippet(name, params)


def init_postsynaptic(name, params=None):
    return _snippet(name, params or {})


def init_weight_update(name, params=None, vars=None):  # noqa: A002 - GeNN's name
    made = _snippet(name, params or {})
    made.vars = vars or {}
    return made


def create_neuron_model(
    class_name, params, vars, additional_input_vars, sim_code, threshold_condition_code,  # noqa: A002
    reset_code,
):  # fmt: skip
    return SimpleNamespace(
        name=class_name,
        params=list(params),
        vars=[name for name, _ in vars],
        inputs=[name for name, _, _ in additional_input_vars],
        code=(sim_code, threshold_condition_code, reset_code),
    )


class Population:
    def __init__(self, name, size, kind, params, initial):
        assert set(params) == set(kind.params)
        assert set(initial) == set(kind.vars)
        self.name, self.num_neurons, self.kind = name, size, kind
        self.params, self.initial = params, initial
        self.spike_recording_enabled = False
        self.spike_recording_data = []
        self.vars = {}


class Model:
    """What ``GeNNModel`` makes."""

    def __init__(self, precision, name, backend, **preferences):
        assert backend in ("cuda", "single_threaded_cpu")
        assert set(preferences) <= {"optimize_code"}
        self.precision, self.name = precision, name
        self.dt, self.seed, self.batch_size = 1.0, 0, 1
        self.fuse_postsynaptic_models = self.default_narrow_sparse_ind_enabled = False
        self.default_var_location = self.default_sparse_connectivity_location = None
        self.populations, self.synapses = [], []

    def add_neuron_population(self, pop_name, num_neurons, neuron, params, vars):  # noqa: A002
        self.populations.append(Population(pop_name, num_neurons, neuron, params, vars))
        return self.populations[-1]

    def add_synapse_population(
        self, pop_name, matrix_type, source, target, weight_update_init, postsynaptic_init,
        connectivity_init,
    ):  # fmt: skip
        assert matrix_type == "SPARSE"
        assert postsynaptic_init.name == "DeltaCurr"
        made = SimpleNamespace(
            source=source,
            target=target,
            update=weight_update_init,
            rule=connectivity_init,
            post_target_var="Isyn",
            max_dendritic_delay_timesteps=1,
        )
        self.synapses.append(made)
        return made

    def build(self, path_to_model="./"):
        folder = Path(path_to_model)
        folder.mkdir(parents=True, exist_ok=True)
        kinds = {each.kind.name: each.kind for each in self.populations}
        text = PRELUDE.format(precision=self.precision) + "".join(map(_function, kinds.values()))
        (folder / "neurons.cpp").write_text(text)
        library = folder / "neurons.so"
        command = ["g++", "-O1", "-shared", "-fPIC", "neurons.cpp", "-o", library.name]
        subprocess.run(command, cwd=folder, check=True)
        self.library = ctypes.CDLL(str(library.resolve()))

    def load(self, num_recording_timesteps):
        self.recorded = num_recording_timesteps
        self.timestep = 0
        self.random = np.random.default_rng(self.seed)
        self.type = np.dtype("f4" if self.precision == "float" else "f8")
        for each in self.populations:
            shape = (self.batch_size, each.num_neurons)
            each.values = {name: self._made(each.initial[name], shape) for name in each.kind.vars}
            each.vars = {
                name: SimpleNamespace(pull_from_device=lambda: None) for name in each.values
            }
            each.rings = {
                name: np.zeros((64, *shape), dtype=self.type) for name in each.kind.inputs
            }
            each.spikes = [[] for _ in range(self.batch_size)]
        for each in self.synapses:
            self._connect(each)

    def _made(self, snippet, shape):
        if isinstance(snippet, float):
            return np.full(shape, snippet, dtype=self.type)
        if snippet.name == "Uniform":
            values = self.random.uniform(snippet.min, snippet.max, shape)
        else:
            values = self.random.normal(snippet.mean, snippet.sd, shape)
        if snippet.name.startswith("NormalClipped"):
            values = np.clip(values, snippet.min, snippet.max)
        if snippet.name == "NormalClippedDelay":
            return np.rint(values / self.dt).astype(np.int64)
        return values.astype(self.type)

    def _connect(self, each):
        n, m = each.source.num_neurons, each.target.num_neurons
        if each.rule.name == "FixedProbability":
            number = self.random.binomial(n * m, each.rule.prob)
        else:
            number = each.rule.num
        source = np.sort(self.random.integers(0, n, number))
        each.begin = np.searchsorted(source, np.arange(n + 1))
        each.targets = self.random.integers(0, m, number)
        each.delays = np.zeros(number, dtype=np.int64)
        if each.update.name == "StaticPulseDendriticDelay":
            each.weights = self._made(each.update.vars["g"], number)
            each.delays = self._made(each.update.vars["d"], number)
            assert max(each.delays, default=0) < each.max_dendritic_delay_timesteps <= 64
        else:
            each.weights = np.full(number, each.update.g, dtype=self.type)

    def step_time(self):
        for batch in range(self.batch_size):
            spiked = {each.name: self._update(each, batch) for each in self.populations}
            for each in self.synapses:
                self._deliver(each, spiked[each.source.name], batch)
        self.timestep += 1

    def _update(self, each, batch):
        slot = self.timestep % 64
        inputs = [ring[slot, batch] for ring in each.rings.values()]
        arrays = [*(values[batch] for values in each.values.values()), *inputs]
        spikes = np.zeros(each.num_neurons, dtype=np.int32)
        real = ctypes.c_float if self.precision == "float" else ctypes.c_double
        places = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
        numbers = [real(each.params[name]) for name in each.kind.params]
        update = getattr(self.library, f"update_{each.kind.name}")
        count = update(each.num_neurons, spikes.ctypes.data_as(ctypes.c_void_p), *places, *numbers)
        for values in inputs:
            values[:] = 0
        if each.spike_recording_enabled:
            each.spikes[batch].append((np.full(count, self.timestep * self.dt), spikes[:count]))
        return spikes[:count]

    def _deliver(self, each, spikes, batch):
        if len(spikes) == 0:
            return
        places = np.concatenate([np.arange(each.begin[i], each.begin[i + 1]) for i in spikes])
        slots = (self.timestep + 1 + each.delays[places]) % 64
        ring = each.target.rings[each.post_target_var]
        np.add.at(ring, (slots, batch, each.targets[places]), each.weights[places])

    def pull_recording_buffers_from_device(self):
        assert self.timestep % self.recorded == 0
        for each in self.populations:
            each.spike_recording_data = [
                tuple(map(np.concatenate, zip(*own, strict=True))) for own in each.spikes
            ]

    def unload(self):
        del self.library


def _function(kind):
    """Return the C of one step of neurons."""
    sim, threshold, reset = kind.code
    names = [*kind.vars, *kind.inputs]
    arrays = "".join(f", scalar* {name}_" for name in names)
    values = "".join(f", scalar {name}" for name in kind.params)
    taken = "".join(f"        scalar {name} = {name}_[i];\n" for name in names)
    given = "".join(f"        {name}_[i] = {name};\n" for name in kind.vars)
    return (
        f'extern "C" int update_{kind.name}(int n, int* spikes{arrays}{values}) {{\n'
        f"    int found_ = 0;\n    for (int i = 0; i < n; ++i) {{\n{taken}{sim}\n"
        f"        if ({threshold}) {{ spikes[found_++] = i; {reset} }}\n{given}    }}\n"
        "    return found_;\n}\n"
    )


GeNNModel = Model
