"""JSON data of any shape, for what has to hold for all of it."""

from __future__ import annotations

from hypothesis import strategies as st

TEXT = st.text(alphabet='ab"\\[]{}:,\n é', max_size=12)
DATA = st.recursive(
    st.none() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=60,
)
