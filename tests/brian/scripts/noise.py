"""Covers: equations-xi methods-stochastic expressions-random"""

from brian2 import *

seed(12)
n = 4000
tau = 5 * ms
sigma = 0.3
stochastic = {}


def told(name, x):
    x = asarray(x)
    stochastic[name + " mean"] = (mean(x), std(x) / sqrt(len(x)))
    y = (x - mean(x)) ** 2
    stochastic[name + " variance"] = (mean(y), std(y) / sqrt(len(x)))


G = NeuronGroup(
    n,
    """dx/dt = (1 - x)/tau + sigma*sqrt(2/tau)*xi : 1
dy/dt = -y/tau + 0.2*tau**-0.5*xi_a + 0.1*tau**-0.5*xi_b : 1
dz/dt = -z/tau + 0.2*tau**-0.5*xi_a : 1""".replace("*xi :", "*xi_x :"),
    method="euler",
)
H = NeuronGroup(n, "dg/dt = 0.1*g*tau**-0.5*xi : 1", method="milstein")
H.g = 1
K = NeuronGroup(n, "dk/dt = -k/tau + 0.3*k*tau**-0.5*xi : 1", method="heun", dt=0.02 * ms)
K.k = 1
U = NeuronGroup(n, "u : 1\nw : 1\np : integer\nr : 1")
U.u = "rand()"
U.w = "2 + 3*randn()"
U.p = "poisson(3.5)"
U.run_regularly("r = 0.5*r + rand()", dt=1 * ms)
run(20 * ms)
told("ou", G.x)
told("two", G.y)
told("shared", G.z)
told("covariance", G.y[:] * G.z[:])
told("geometric", H.g)
told("heun", K.k)
told("uniform", U.u)
told("normal", U.w)
told("poisson", U.p)
told("redrawn", U.r)
