"""The house as a whole: layers, packaging, public names, pages, examples."""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import eqsim
from eqsim import integrators, libraries, targets, units
from eqsim.targets.environment import template_directory

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
OWN_NAMES = sorted(set(eqsim.__all__) - set(units.__all__) - set(libraries.NAMES))
MODULES = [module.name for module in pkgutil.walk_packages(eqsim.__path__, "eqsim.")]
HEAVY = {
    "dask", "distributed", "jinja2", "matplotlib", "neo", "networkx", "pandas", "pyparsing",
    "scipy", "sympy", "tqdm", "xarray", "zarr",
}  # fmt: skip


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of a process that is to behave as on any other machine."""
    cache = tmp_path_factory.mktemp("cache")
    return {**os.environ, "EQSIM_CACHE_DIR": str(cache), "MPLBACKEND": "Agg"}


def run(*command, cwd, environment):
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked_files():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("the files of the project are known to git only")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def copy_of_the_project(folder):
    for path in tracked_files():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


# -- layers -------------------------------------------------------------------------------------


def test_imports_go_down():
    linter = shutil.which("lint-imports") or shutil.which(
        "lint-imports", path=str(Path(sys.executable).parent)
    )
    if linter is None:
        pytest.skip("import-linter is not installed: pip install -e '.[lint]'")

    run(linter, "--no-cache", cwd=ROOT, environment=os.environ)


def test_every_folder_of_the_package_has_its_layer():
    (contract,) = PROJECT["tool"]["importlinter"]["contracts"]
    folders = {f"eqsim.{path.parent.name}" for path in (ROOT / "eqsim").glob("*/__init__.py")}

    assert folders <= set(contract["layers"])


def test_importing_eqsim_imports_no_heavy_library():
    code = "import sys, eqsim; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = run(sys.executable, "-c", code, cwd=ROOT, environment=os.environ).split()

    assert HEAVY.isdisjoint(loaded)


def test_libraries_are_loaded_when_they_are_used(environment, tmp_path):
    code = (
        "import sys; from eqsim import *; from eqsim.analysis import __doc__ as direct;"
        "print(type(models).__name__, 'eqsim.models' in sys.modules, bool(direct));"
        "models.__doc__; print(type(models).__name__)"
    )
    printed = run(sys.executable, "-c", code, cwd=tmp_path, environment=environment)

    assert printed == "_LazyModule True True\nmodule\n"


# -- packaging ----------------------------------------------------------------------------------


def test_every_folder_of_the_package_is_listed():
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "eqsim").rglob("__init__.py")
    }

    assert {*folders, "eqsim.templates"} == set(PROJECT["tool"]["setuptools"]["packages"])


def test_the_version_is_stated_once():
    assert PROJECT["project"]["version"] == eqsim.__version__


@pytest.mark.slow
@pytest.mark.compiler
def test_an_installed_wheel_has_everything(tmp_path, environment):
    source = copy_of_the_project(tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "-q", "-w", str(tmp_path)]
    run(*pip, "wheel", ".", *options, cwd=source, environment=environment)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    run(*pip, "install", "-q", "--no-deps", "--target", str(installed), str(wheel),
        cwd=tmp_path, environment=environment)  # fmt: skip

    code = (
        "import eqsim, eqsim.runtime.engine; from eqsim.targets.environment import *;"
        "g = eqsim.NeuronGroup(1, 'dx/dt = 1/ms : 1', method='exact');"
        "eqsim.Network(g).run(1*eqsim.ms, target='cpp'); assert abs(g.x[0] - 1) < 1e-12;"
        "print(template_directory())"
    )
    found = run(sys.executable, "-c", code, cwd=tmp_path,
                environment={**environment, "PYTHONPATH": str(installed)})  # fmt: skip

    assert Path(found.strip()) == installed / "eqsim" / "templates"
    for path in (source / "templates").rglob("*.*"):
        assert (
            installed / "eqsim" / "templates" / path.relative_to(source / "templates")
        ).is_file()
    assert (installed / "eqsim" / "py.typed").is_file()


def test_the_templates_of_a_checkout_are_found():
    assert (template_directory() / "common" / "interface.h").is_file()


# -- public names -------------------------------------------------------------------------------


def test_the_public_names_are_sorted_and_complete():
    tree = ast.parse((ROOT / "eqsim" / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module not in ("eqsim", "__future__")
        for alias in node.names
        if not (alias.asname or alias.name).startswith("_") and alias.name != "*"
    }
    others = [*libraries.NAMES, *units.__all__]
    listed = eqsim.__all__[: len(eqsim.__all__) - len(others)]

    assert listed == sorted(imported)
    assert eqsim.__all__ == [*listed, *others]
    assert len(set(eqsim.__all__)) == len(eqsim.__all__)
    assert all(hasattr(eqsim, name) for name in eqsim.__all__)


@pytest.mark.parametrize("name", OWN_NAMES)
def test_public_names_document_their_parameters(name):
    public = getattr(eqsim, name)
    if not callable(public):
        return
    documentation = inspect.getdoc(public)
    parameters = inspect.signature(public).parameters

    assert documentation
    if parameters:
        section = documentation.partition("Parameters\n----------\n")[2]
        described = {
            named.strip(" *")
            for line in re.findall(r"^\S.*?(?= :|$)", section, re.MULTILINE)
            for named in line.split(",")
        }
        assert set(parameters) <= described


@pytest.mark.parametrize("name", OWN_NAMES)
def test_public_names_show_an_example(name):
    public = getattr(eqsim, name)
    if not callable(public) or (inspect.isclass(public) and issubclass(public, Exception)):
        return

    assert "Examples\n--------\n" in (inspect.getdoc(public) or "")


@pytest.mark.parametrize("module", MODULES)
def test_modules_classes_and_functions_say_what_they_do(module):
    loaded = importlib.import_module(module)
    own = [
        member
        for name, member in vars(loaded).items()
        if (inspect.isclass(member) or inspect.isfunction(member))
        and member.__module__ == module
        and not name.startswith("_")
    ]

    assert loaded.__doc__
    assert [member.__qualname__ for member in own if not inspect.getdoc(member)] == []


@pytest.mark.parametrize("integrator", integrators.ALL, ids=lambda method: method.name)
def test_integrators_name_their_source(integrator):
    assert integrator.references
    assert all(re.search(r"doi:10\.\d{4,}/\S+", text) for text in integrator.references)


def test_every_integrator_is_listed():
    modules = [importlib.import_module(name) for name in MODULES if ".integrators." in name]
    made = {
        member.name
        for module in modules
        for member in vars(module).values()
        if isinstance(member, integrators.Integrator)
    }

    assert made == {integrator.name for integrator in integrators.ALL}


def test_every_target_is_listed():
    folders = {path.parent.name for path in (ROOT / "eqsim" / "targets").glob("*/__init__.py")}

    assert folders == {target.name for target in targets.ALL}


# -- texts --------------------------------------------------------------------------------------


def test_no_file_holds_words_that_belong_elsewhere():
    words = re.compile(r"TO[D]O|FIX[M]E|/wor[k]/|/roo[t]/|/tm[p]/bash")
    found = []
    for path in tracked_files():
        if path.suffix != ".png" and words.search(path.read_text(encoding="utf-8")):
            found.append(str(path.relative_to(ROOT)))

    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_pages_runs_and_prints_what_they_show(page, environment, tmp_path):
    script = ROOT / "docs" / "pages.py"
    shown = run(sys.executable, "-W", "error::UserWarning", str(script), "--show", str(page),
                cwd=tmp_path, environment=environment)  # fmt: skip

    assert shown == page.read_text(encoding="utf-8"), "run: python docs/pages.py"


@pytest.mark.parametrize(
    "page",
    [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "templates" / "README.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_of_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_page_and_example_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    missing = [
        path.name for path in PAGES[1:] if path.name != "index.md" and path.name not in index
    ]
    missing += [path.name for path in EXAMPLES if path.name not in index]

    assert missing == []


def test_the_readme_has_two_commands_of_one_line():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    assert [block.count("\n") for block in blocks] == [1, 1]
    assert blocks[0].startswith("pip install . && python examples/")
    assert "python -m pytest" in blocks[1]


def test_the_picture_of_the_readme_is_what_its_code_draws():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    example = (ROOT / "examples" / "balanced_network.py").read_text(encoding="utf-8")
    there = {ast.dump(statement) for statement in ast.parse(example).body}

    assert code is not None
    assert all(ast.dump(statement) in there for statement in ast.parse(code[1]).body)


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run_and_draw(example, environment, tmp_path):
    if example.stem == "standalone" and shutil.which("cmake") is None:
        pytest.skip("this example needs CMake")

    run(sys.executable, "-W", "error::UserWarning", str(example), str(tmp_path),
        cwd=tmp_path, environment=environment)  # fmt: skip
    picture = tmp_path / f"{example.stem}.png"

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert (ROOT / "docs" / "images" / picture.name).is_file()
