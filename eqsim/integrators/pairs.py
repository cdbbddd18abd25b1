"""The methods that choose their steps by an embedded method: one constant each."""

from __future__ import annotations

from eqsim.integrators.adaptive import Adaptive
from eqsim.integrators.rosenbrock import RODAS3, RODAS4
from eqsim.integrators.tableau import ButcherTableau, ExplicitRungeKutta

_FEHLBERG = (
    "Fehlberg E (1970). Klassische Runge-Kutta-Formeln vierter und niedrigerer Ordnung mit "
    "Schrittweiten-Kontrolle und ihre Anwendung auf Waermeleitungsprobleme. Computing 6:61-71. "
    "doi:10.1007/BF02241732"
)

RKF45 = Adaptive(
    name="rkf45",
    order=5.0,
    aliases=("gsl", "gsl_rkf45", "gsl_rk4"),
    references=(_FEHLBERG,),
    method=ExplicitRungeKutta(
        name="rkf45",
        order=5.0,
        tableau=ButcherTableau.from_text("""
            0     |
            1/4   | 1/4
            3/8   | 3/32       9/32
            12/13 | 1932/2197 -7200/2197  7296/2197
            1     | 439/216   -8          3680/513   -845/4104
            1/2   | -8/27      2         -3544/2565   1859/4104  -11/40
                  | 16/135     0          6656/12825  28561/56430 -9/50 2/55
                  | 25/216     0          1408/2565   2197/4104   -1/5  0
        """),
    ),
)

CASH_KARP = Adaptive(
    name="cash_karp",
    order=5.0,
    aliases=("ck", "rkck", "gsl_rkck"),
    references=(
        "Cash JR, Karp AH (1990). A variable order Runge-Kutta method for initial value problems "
        "with rapidly varying right-hand sides. ACM Transactions on Mathematical Software "
        "16(3):201-222. doi:10.1145/79505.79507",
    ),
    method=ExplicitRungeKutta(
        name="cash_karp",
        order=5.0,
        tableau=ButcherTableau.from_text("""
            0    |
            1/5  | 1/5
            3/10 | 3/40       9/40
            3/5  | 3/10      -9/10  6/5
            1    | -11/54     5/2  -70/27   35/27
            7/8  | 1631/55296 175/512 575/13824 44275/110592 253/4096
                 | 37/378     0 250/621     125/594     0         512/1771
                 | 2825/27648 0 18575/48384 13525/55296 277/14336 1/4
        """),
    ),
)

DORMAND_PRINCE = Adaptive(
    name="dormand_prince",
    order=5.0,
    aliases=("dopri5", "rkdp", "gsl_rk8pd"),
    references=(
        "Dormand JR, Prince PJ (1980). A family of embedded Runge-Kutta formulae. Journal of "
        "Computational and Applied Mathematics 6(1):19-26. doi:10.1016/0771-050X(80)90013-3",
    ),
    method=ExplicitRungeKutta(
        name="dormand_prince",
        order=5.0,
        tableau=ButcherTableau.from_text("""
            0    |
            1/5  | 1/5
            3/10 | 3/40        9/40
            4/5  | 44/45      -56/15       32/9
            8/9  | 19372/6561 -25360/2187  64448/6561 -212/729
            1    | 9017/3168  -355/33      46732/5247  49/176 -5103/18656
            1    | 35/384      0           500/1113    125/192 -2187/6784   11/84
                 | 35/384      0           500/1113    125/192 -2187/6784   11/84    0
                 | 5179/57600  0           7571/16695  393/640 -92097/339200 187/2100 1/40
        """),
    ),
)

BOGACKI_SHAMPINE = Adaptive(
    name="bogacki_shampine",
    order=3.0,
    aliases=("bs", "rk23", "gsl_rk2"),
    references=(
        "Bogacki P, Shampine LF (1989). A 3(2) pair of Runge-Kutta formulas. Applied Mathematics "
        "Letters 2(4):321-325. doi:10.1016/0893-9659(89)90079-7",
    ),
    method=ExplicitRungeKutta(
        name="bogacki_shampine",
        order=3.0,
        tableau=ButcherTableau.from_text("""
            0   |
            1/2 | 1/2
            3/4 | 0    3/4
            1   | 2/9  1/3 4/9
                | 2/9  1/3 4/9 0
                | 7/24 1/4 1/3 1/8
        """),
    ),
)

RODAS3_ADAPTIVE = Adaptive(
    name="rodas3_adaptive",
    order=3.0,
    references=RODAS3.references,
    accepts=RODAS3.accepts,
    method=RODAS3,
)

RODAS4_ADAPTIVE = Adaptive(
    name="rodas4_adaptive",
    order=4.0,
    aliases=("rosenbrock_adaptive",),
    references=RODAS4.references,
    accepts=RODAS4.accepts,
    method=RODAS4,
)
