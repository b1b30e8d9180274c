"""The frames: the host's ``wire.py``, loaded by its file path so that nothing else of the host comes along."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

spec = spec_from_file_location(__name__, Path(__file__).parent.parent / "scopebox" / "wire.py")
if spec is None or spec.loader is None:
    raise ImportError("scopebox/wire.py is not beside scopebox_guest")
module = module_from_spec(spec)
sys.modules[__name__] = module
spec.loader.exec_module(module)
