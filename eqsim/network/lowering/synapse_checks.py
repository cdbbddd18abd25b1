"""Everything that is wrong in the texts of synapses, found before anything is lowered."""

from __future__ import annotations

from collections.abc import Iterator

from eqsim.equations.check import check_block
from eqsim.equations.check_code import check_code
from eqsim.equations.code import CodeBlock
from eqsim.equations.identifiers import SYNAPSE_RESERVED
from eqsim.errors import EquationError, ModelError
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import free_names
from eqsim.network.lowering.checks import shared_on_events
from eqsim.network.lowering.links import unlinked
from eqsim.network.lowering.synapse_names import SynapseNames
from eqsim.network.neurongroup import RegularOperation
from eqsim.network.synapses.synapses import Synapses


def check_synapses(synapses: Synapses, names: SynapseNames) -> list[EquationError]:
    """Return everything that is wrong in the texts of synapses.

    Parameters
    ----------
    synapses : Synapses
        The synapses.
    names : SynapseNames
        Their names; what the texts need from outside is looked up.

    Raises
    ------
    ModelError
        If no synapses were made, or a name stands for something that texts cannot use.
    """
    if not synapses.is_connected:
        raise ModelError(
            f"{synapses.name!r} has no synapses\n"
            f"  call {synapses.name}.connect(...) before the run"
        )
    block = synapses.equations.block
    codes = [pathway.code for pathway in synapses.pathways.values()]
    operations = [
        each.code for each in synapses.contained_objects if isinstance(each, RegularOperation)
    ]
    texts = [d.expression for d in block.declarations if d.expression is not None]
    texts += _values([*codes, *operations])
    for text in texts:
        names.resolve_in(text)
    names.tell_hidden({name for text in texts for name in free_names(text)})
    errors: list[EquationError] = []
    check_block(block, names.scope, errors)
    for code in (*codes, *operations):
        check_code(code, names.scope, errors, reserved=SYNAPSE_RESERVED)
    for code in codes:
        errors += shared_on_events(code, names.scope)
    errors += unlinked(synapses)
    return list(names.advised(errors))


def _values(codes: list[CodeBlock]) -> Iterator[Expr]:
    for code in codes:
        for statement in code.statements:
            yield statement.value
