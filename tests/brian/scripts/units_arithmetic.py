"""Covers: units-names units-quantity units-underscore units-decay units-errors"""

from brian2 import *

C = 281 * pF
area = 20000 * umetre**2
tau = C / (10 * nS)
charge = 2 * uA * 3 * ms
energies = array([1, 2, 3]) * joule / (2 * mole)
length = 3 * cmetre
refused = []
for wrong in ("tau + 1", "tau + 3*mV", "sin(tau)", "tau < 2", "exp(1*mV)", "(2*mV) ** (1*ms)"):
    try:
        eval(wrong)
    except DimensionMismatchError:
        refused.append(wrong)
changed = 3 * mV
try:
    changed += 1
except DimensionMismatchError:
    refused.append("+=")
ratio = (3 * mV) / (1 * mV)
deterministic = dict(
    tau=float(tau),
    area=float(area / metre**2),
    capacitance=float(area * 1 * ufarad * cm**-2),
    charge=float(charge / coulomb),
    energies=asarray(energies),
    length=float(length),
    conc=float(3 * mM / (mole / metre**3)),
    other=[
        float(x)
        for x in (
            1 * kilogram,
            2 * liter,
            3 * pascal,
            4 * Mohm,
            6 * kelvin,
            7 * watt,
            8 * uM,
            9 * Hz,
            10 * gram,
            11 * um2,
        )
    ],
    refused=len(refused),
    plain=type(ratio) in (float, float64),
    zero=float(tau + 0),
    infinite=(tau < inf),
    dimensions=[have_same_dimensions(tau, 3 * second), have_same_dimensions(C, nS)],
    power=get_dimensions(area).get_dimension("length"),
    in_unit=float(tau / ms),
    texts=[len(str(in_unit(3 * mV, volt))), len(in_best_unit(0.00002 * amp)) > 3],
    text=[ord(c) for c in (3.5 * mV).in_unit(mV) + (2500 * um).in_best_unit()],
    with_dimensions=float(Quantity.with_dimensions(5.0, length=2) / cm**2),
    wrapped=float(Quantity(5, dim=mV.dim)),
    is_dimensionless=[is_dimensionless(ratio), is_dimensionless(tau)],
    unit=float(get_unit(mV.dim)),
    short=[float(x) for x in (mV, nS, uM, cm, kHz, MHz, nA, usiemens, Gohm, mm2)],
)
