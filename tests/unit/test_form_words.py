"""What a form's fields are called is read off its page, in the order of the page."""

from api.web.form_words import Answer, FormOnPage, answers_of, read_forms

PAGE = """
<form action="/search"><input name="q"></form>
<form class="form" method="post" action="/here"><input type="hidden" name="form_key" value="1">
<div><label for="kind">Kind <b>of it</b></label><select id="kind" name="kind">
<option value="">choose</option><option value="a" selected>The <i>first</i></option>
<option value="b">Second</option></select></div>
<fieldset><legend>How</legend>
<label class="choice"><input type="radio" name="how" value="x"> by letter</label>
<label class="choice"><input type="radio" name="how" value="y"> by voice</label></fieldset>
<label class="choice"><input type="checkbox" name="sure" value="yes">
<span>I am</span></label>
<label for="why">Why &amp; when</label><p class="hint">a hint</p>
<textarea id="why" name="why">old</textarea>
<button name="act" value="go">Go on</button></form>
"""


def form_here() -> FormOnPage:
    search, here = read_forms(PAGE)
    assert search.action == "/search"
    return here


def test_labels_choices_and_order_are_those_of_the_page() -> None:
    typed = [
        ("act", "go"),
        ("why", "a & b"),
        ("sure", "yes"),
        ("how", "y"),
        ("kind", "a"),
        ("form_key", "1"),
    ]
    assert answers_of(form_here(), typed) == [
        Answer("Kind of it", "The first"),
        Answer("How", "by voice"),
        Answer("", "I am"),
        Answer("Why & when", "a & b"),
        Answer("", "Go on", is_button=True),
    ]


def test_what_a_page_does_not_name_is_shown_without_a_name_unless_it_was_only_offered() -> None:
    typed = [("odd", "seven words"), ("kind", "z"), ("who", "0190aaaa-1111-7222-8333-444455556666")]
    named = [Answer("Kind of it", "z"), Answer("", "seven words")]
    assert answers_of(form_here(), typed) == named
    assert answers_of(None, typed) == [Answer("", "seven words")]


def test_a_field_left_empty_is_no_answer_and_one_chosen_twice_is_two() -> None:
    typed = [("kind", "a"), ("why", "  "), ("kind", "b")]
    assert [one.words for one in answers_of(form_here(), typed)] == ["The first", "Second"]


def test_a_page_that_is_cut_off_still_gives_what_it_has() -> None:
    (form,) = read_forms('<form action="/x"><label for="a">A</label><input id="a" name="a"')[:1]
    assert form.fields == {}
    assert read_forms("<p>no form, <input name=a>") == []
