"""A ring of secrets: the first is for new things, each is accepted, a file is followed."""

from itertools import pairwise
from pathlib import Path

import pytest

from ledger.foundation import secrets as ring
from ledger.foundation.personal_data import PersonalDataKeys, PersonalDataUnreadable
from ledger.foundation.secrets import SecretRing, open_secrets, read_secrets
from ledger.settings import Settings, UnknownSetting
from ops.cli.main import main
from ops.secret_file import begin_rotation, secret_file, write_secrets

OLD, NEW = "the old secret, long enough to be one", "the new secret, long enough to be one"
PHONE = "13800138000"
#: What the file holds, step by step; a process may lag one step behind the file.
STEPS = ([OLD], [OLD, NEW], [NEW, OLD])


def test_a_lagging_process_and_a_leading_one_understand_each_other() -> None:
    for earlier, later in pairwise(STEPS):
        for writer, reader in ((earlier, later), (later, earlier), (later, later)):
            wrote, reads = (
                PersonalDataKeys(SecretRing(writer)),
                PersonalDataKeys(SecretRing(reader)),
            )
            key = wrote.new_key()
            sealed = wrote.seal(key, "phone", PHONE)
            assert reads.open(key, "phone", sealed) == PHONE
            assert wrote.blind_index("phone", PHONE) in reads.blind_indexes("phone", PHONE)


def test_after_the_rotation_nothing_opens_with_the_old_secret_alone() -> None:
    both = PersonalDataKeys(SecretRing([NEW, OLD]))
    key = PersonalDataKeys(OLD).new_key()
    sealed = both.seal(key, "phone", PHONE)
    rewrapped = both.rewrap(key, both.current_id)
    assert PersonalDataKeys(NEW).open(rewrapped, "phone", sealed) == PHONE
    with pytest.raises(PersonalDataUnreadable, match="no secret with the id"):
        PersonalDataKeys(OLD).open(rewrapped, "phone", sealed)
    with pytest.raises(PersonalDataUnreadable):
        PersonalDataKeys(NEW).open(key, "phone", sealed)


def test_keys_of_different_purposes_and_secrets_are_different() -> None:
    one, other = SecretRing([OLD, NEW]), SecretRing([NEW])
    assert one.key("form tokens").key != one.key("redemption codes").key
    assert one.keys("form tokens")[1] == other.key("form tokens")
    assert OLD.encode() not in one.key_ids()[0]


def test_a_ring_follows_its_file_and_survives_its_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "LOOK_AGAIN_SECONDS", 0)
    file = tmp_path / "secret-key"
    write_secrets(file, [OLD])
    assert file.stat().st_mode & 0o777 == 0o600
    followed = open_secrets(Settings(secret_key_file=str(file)))
    write_secrets(file, [NEW, OLD])
    assert followed.key_ids() == SecretRing([NEW, OLD]).key_ids()
    file.unlink()
    assert followed.key_ids() == SecretRing([NEW, OLD]).key_ids()
    file.write_text("\n")
    assert followed.key_ids() == SecretRing([NEW, OLD]).key_ids()


def test_something_under_a_secret_just_added_makes_the_ring_look_again(tmp_path: Path) -> None:
    file = tmp_path / "secret-key"
    write_secrets(file, [OLD])
    lagging = PersonalDataKeys(open_secrets(Settings(secret_key_file=str(file))))
    assert lagging.current_id
    write_secrets(file, [NEW, OLD])
    key = PersonalDataKeys(NEW).new_key()
    assert lagging.open(key, "phone", lagging.seal(key, "phone", PHONE)) == PHONE


def test_a_rotation_keeps_the_old_secret_behind_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret-key"
    write_secrets(file, [OLD])
    seen: list[list[str]] = []
    monkeypatch.setattr("ops.secret_file.time.sleep", lambda _: seen.append(read_secrets(file)))
    begin_rotation(file)
    fresh = read_secrets(file)[0]
    assert seen == [[OLD, fresh], [fresh, OLD]]
    assert len(fresh) >= 32


def test_an_interrupted_rotation_goes_on_with_the_secret_it_had_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret-key"
    write_secrets(file, [OLD, NEW])
    monkeypatch.setattr("ops.secret_file.time.sleep", lambda _: None)
    begin_rotation(file)
    assert read_secrets(file) == [NEW, OLD]


def test_a_secret_from_the_environment_may_have_a_second_one_beside_it() -> None:
    both = open_secrets(Settings(secret_key=NEW, accepted_secret_key=OLD))
    assert both.key_ids() == SecretRing([NEW, OLD]).key_ids()


@pytest.mark.parametrize("content", ["", "short\n", f"{OLD}\nshort\n", None])
def test_a_file_without_a_sound_secret_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "secret-key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UnknownSetting, match="secret"):
        secret_file(Settings(secret_key_file=str(file)))


def test_a_file_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secret-key"
    write_secrets(file, [OLD])
    monkeypatch.setenv("GONGZHANG_SECRET_KEY_FILE", str(file))

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Read-only file system")

    monkeypatch.setattr("ops.cli.keys.begin_rotation", refuse)
    monkeypatch.setattr("ops.cli.keys._is_to_begin", lambda *_: True)
    assert main(["keys", "rotate"]) == 1
    said = capsys.readouterr().err
    assert "cannot be written (Read-only file system)" in said
    assert read_secrets(file) == [OLD]
