from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yzlite_firmware import c_text


@given(st.text(), st.text())
def test_names_are_those_of_c_and_differ(first, second):
    names = c_text.Names()
    pair = names(first), names(second)
    assert pair[0].lower() != pair[1].lower()
    assert all(name.isascii() and name.isidentifier() for name in pair)


@given(st.text())
def test_comments_end_where_they_should(text):
    written = c_text.comment(text)
    assert written.isascii()
    assert "\n" not in written
    assert written.count("*/") == written.count("/*") == 1
    assert "??" not in written
