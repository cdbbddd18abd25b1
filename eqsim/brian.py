"""The names that a script written for Brian 2 expects: ``from eqsim.brian import *``.

Beside eqsim's own names these are the names of Matplotlib's ``pylab``, which include those of
NumPy; where both have a name, eqsim's goes first.

Examples
--------
>>> from eqsim.brian import *
>>> G = NeuronGroup(3, 'v : volt')
>>> G.v = linspace(0, 2, 3)*mV
>>> print(mean(G.v))
1 mV
"""

from matplotlib.pylab import *  # noqa: F403

from eqsim import *  # noqa: F403
