"""The confinement on aarch64, in an emulated machine: ``python -m tests.arm64``."""
