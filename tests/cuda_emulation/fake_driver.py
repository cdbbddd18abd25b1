"""A driver of NVIDIA that says what a test wants."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from eqsim.targets.cuda import driver

TEXT = """
#include <stddef.h>
static int current;
int cuInit(unsigned flags) { (void)flags; return STATUS; }
int cuDeviceGetCount(int* n) { *n = DEVICES; return 0; }
int cuDriverGetVersion(int* version) { *version = VERSION; return 0; }
int cuDeviceGet(int* device, int number) { *device = number; return 0; }
int cuDeviceGetAttribute(int* value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? MAJOR : MINOR;
    return 0;
}
int cuDevicePrimaryCtxRetain(void** made, int device) { *made = (char*)0 + device; return 0; }
int cuCtxPushCurrent_v2(void* context) { current = (int)((char*)context - (char*)0); return 0; }
int cuCtxPopCurrent_v2(void** context) { *context = (char*)0 + current; return 0; }
int cuMemGetInfo_v2(size_t* free, size_t* all) { *free = FREE + current; *all = ALL; return 0; }
"""
GOOD = {
    "STATUS": 0, "DEVICES": 1, "VERSION": 13000, "MAJOR": 9, "MINOR": 0,
    "FREE": 2 * 10**9, "ALL": 8 * 10**9,
}  # fmt: skip


def install(monkeypatch, folder, **facts):
    """Let there be a driver; the free memory of device n is n bytes more than it is told."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    # What is loaded stays loaded: each driver has a name of its own.
    folder = Path(tempfile.mkdtemp(dir=folder))
    source, library = folder / "driver.c", folder / "libfake.so"
    source.write_text(TEXT)
    macros = [f"-D{name}={value}L" for name, value in {**GOOD, **facts}.items()]
    command = [compiler, "-shared", "-fPIC", *macros, str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    monkeypatch.setattr(driver, "LIBRARY", str(library))
