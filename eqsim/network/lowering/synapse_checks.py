"""Everything that is wrong in the texts of synapses, found before anything is lowered."""

from __future__ import annotations

from collections.abc import Iterator

from eqsim.equations.check import check_block
from eqsim.equations.check_code import check_code
from eqsim.equations.code import CodeBlock
from eqsim.equations.identifiers import SYNAPSE_RESERVED
from eqsim.equations.scope import externals
from eqsim.errors import EquationError, ModelError
from eqsim.expressions.nodes import Expr, Name
from eqsim.expressions.traverse import free_names
from eqsim.network.groups.regular_operations import RegularOperation
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.links import unlinked
from eqsim.network.kernels.synapse_names import SynapseNames
from eqsim.network.lowering.checks import shared_on_events
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
    # What a code defines before it is used is its own, whatever has the name elsewhere.
    needed = {name for code in (*codes, *operations) for name in externals(code, ())}
    for text in (*texts, *map(Name, sorted(needed))):
        names.resolve_in(text)
    texts += _values([*codes, *operations])
    names.tell_hidden({name for text in texts for name in free_names(text)})
    errors: list[EquationError] = []
    check_block(block, names.scope, errors)
    for code in (*codes, *operations):
        check_code(code, names.scope, errors, reserved=SYNAPSE_RESERVED)
    for code in codes:
        errors += shared_on_events(code, names.scope)
    names.tell_unused([*codes, *operations])
    errors += unlinked(synapses)
    errors += [] if errors else _sums_of_sums(synapses, names)
    return list(names.advised(errors))


def _sums_of_sums(synapses: Synapses, names: SynapseNames) -> Iterator[EquationError]:
    """Yield an error for each sum of what it changes, under whatever name."""
    for declared in synapses.summed:
        target, expression = names.side_variable(declared.name), declared.expression
        assert target is not None
        assert expression is not None
        side, stem = target
        for used in free_names(names.substituted(expression)):
            found = names.side_variable(used)
            if found is None or found[1] != stem:
                continue
            if _overlap(synapses.side(found[0]), synapses.side(side)):
                yield EquationError(
                    f"{declared.name!r} is summed over what changes with it: {used!r} of"
                    f" {synapses.side(side).storage.name!r}",
                    expression.span,
                    hint="sum into a variable of its own",
                )
                break


def _overlap(one: StateOwner, other: StateOwner) -> bool:
    """Return whether two groups have elements in common."""
    apart = (
        one.first_stored >= other.first_stored + other.N
        or other.first_stored >= one.first_stored + one.N
    )
    return one.storage is other.storage and not apart


def _values(codes: list[CodeBlock]) -> Iterator[Expr]:
    for code in codes:
        for statement in code.statements:
            yield statement.value
