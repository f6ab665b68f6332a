from __future__ import annotations

import pytest

from modiste.catalog.markup import shown


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            '<div class="black strong"><p>Soft &amp; light.&nbsp;Caf&eacute; colours</p><ul><li>Machine wash</li></ul>'
            "<style>.dress{color:red}</style></div>",
            "Soft & light. Café colours Machine wash",
        ),
        ("<b>So</b>ft", "Soft"),
        ("one<br/>two<BR>three", "one two three"),
        ("a <script>var dress = '<p>'</script> b", "a b"),
        ("<p><!-- a <b>hidden</b> dress -->x</p>", "x"),
        ('<p title="5 > 3">x</p>', "x"),
        ("&lt;p&gt;Soft&lt;/p&gt;", "Soft"),
        ("Tom &amp; Jerry &#8211; caf&#xe9;", "Tom & Jerry – café"),
        ("<p>never closed", "never closed"),
        ("<img src='data:image/png;base64," + "iVBORw0KGgo" * 20_000 + "'>a", "a"),
        ("<o:p>Word</o:p>", "Word"),
        ("5 < 6 and R&B, Rock&Roll", "5 < 6 and R&B, Rock&Roll"),
        ("size <Größe 42>", "size <Größe 42>"),
        ("lines\nstay", "lines\nstay"),
        ("", ""),
    ],
)
def test_what_a_browser_would_show(written: str, text: str) -> None:
    assert shown(written) == text


@pytest.mark.parametrize(
    "written",
    ["</" * 50_000, "<b " * 50_000, "<!--" * 50_000, "<style>" * 50_000, "<a href='" * 50_000 + ">", "<" * 50_000],
)
def test_it_takes_no_longer_than_the_text_is(written: str) -> None:
    shown(f"<p>{written}")  # minutes, where each tag is looked for to the end
