"""What keeps words of pages from being left out of the catalogue."""

from tests.tools.check_translations import hidden


def test_words_in_an_f_string_are_named_since_gettext_does_not_read_them() -> None:
    code = 'f"<p>{escape(_(\'Revised:\'))}</p>"\n_("Rating")\nf"{total} {name}"\n'

    assert hidden(code) == ["line 1: _('Revised:') stands in an f-string, which gettext does not read"]
