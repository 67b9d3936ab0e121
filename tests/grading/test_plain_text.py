"""What a reader does not see changes nothing, and every place leads back to the original."""

from hypothesis import given
from hypothesis import strategies as st

from backend.grading.plain_text import plain_text


def test_lookalikes_and_wide_letters_become_the_letters_they_look_like() -> None:
    assert plain_text("dаtа drіft").text == "data drift"  # Cyrillic а and і
    assert plain_text("ｄｒｉｆｔ 𝐝𝐫𝐢𝐟𝐭").text == "drift drift"
    assert plain_text("naïve “quote” …").text == 'naive "quote" ...'


def test_invisible_and_control_characters_are_gone() -> None:
    assert plain_text("dr\u200bi\u00adft\ufeff\x07 now\u202e").text == "drift now"
    assert plain_text("two\nlines\tapart").text == "two\nlines\tapart"


def test_a_place_in_the_plain_text_is_a_place_in_the_original() -> None:
    original = "so dr\u200bіft … matters"
    plain = plain_text(original)
    start = plain.text.index("drift")
    first, last = plain.original(start, start + 5)
    assert original[first:last] == "dr\u200bіft"
    start = plain.text.index("matters")
    first, last = plain.original(start, start + 7)
    assert original[first:last] == "matters"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_has_a_plain_form_whose_places_rise(text: str) -> None:
    plain = plain_text(text)
    places = [plain.original(i, i + 1) for i in range(len(plain.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
