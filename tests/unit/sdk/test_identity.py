"""The directory of an identity: made once, private, used by one process at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from overlay.client.durable.reading import from_rows
from overlay.client.durable.rows import homes_row, incarnation_row
from overlay.errors import ConfigError, UsageError
from overlay.messages.ids import Incarnation
from overlay.peering.rows import Row
from overlay.sdk.errors import IdentityInUse
from overlay.sdk.identity import Identity, identity_names


def created(directory: Path, name: str = "alice") -> Identity:
    """An identity that was made and is closed again."""
    with Identity.create(directory, name=name) as identity:
        return identity


def test_an_identity_is_the_same_whenever_it_is_opened(tmp_path: Path) -> None:
    made = created(tmp_path / "alice")

    with Identity.open(tmp_path / "alice") as opened:
        assert (opened.account, opened.client) == (made.account, made.client)
        assert opened.name == "alice"
        assert opened.directory == tmp_path / "alice"


def test_two_identities_are_two_people(tmp_path: Path) -> None:
    one, other = created(tmp_path / "one"), created(tmp_path / "other")

    assert one.account != other.account
    assert one.client != other.client


def test_nobody_else_may_read_anything_of_it(tmp_path: Path) -> None:
    directory = tmp_path / "alice"

    created(directory)

    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert directory.stat().st_mode & 0o777 == 0o700
    assert set(modes) == {"identity.key", "account.key", "name", "client.db", "lock"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("name", ["identity.key", "account.key"])
def test_a_key_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, name: str) -> None:
    created(tmp_path)
    (tmp_path / name).chmod(0o640)

    with pytest.raises(ConfigError) as refused:
        Identity.open(tmp_path)

    assert refused.value.where == str(tmp_path / name)
    assert "0640" in refused.value.found
    assert refused.value.expected == f"mode 0600: run `chmod 600 {tmp_path / name}`"


@pytest.mark.parametrize("content", ["", "no key", "A" * 42])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    created(tmp_path)
    (tmp_path / "identity.key").write_text(content)

    with pytest.raises(ConfigError, match="no key") as refused:
        Identity.open(tmp_path)

    assert refused.value.where == str(tmp_path / "identity.key")


def test_a_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    created(tmp_path)
    (tmp_path / "identity.key").write_bytes(b"\xff" * 32)

    with pytest.raises(ConfigError, match="no text"):
        Identity.open(tmp_path)


@pytest.mark.parametrize("name", ["identity.key", "account.key", "name"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    created(tmp_path)
    (tmp_path / name).unlink()

    with pytest.raises(ConfigError, match="no such file") as refused:
        Identity.open(tmp_path)

    assert refused.value.where == str(tmp_path / name)


def test_after_a_failure_the_identity_is_free_again(tmp_path: Path) -> None:
    created(tmp_path)
    (tmp_path / "name").rename(tmp_path / "elsewhere")
    with pytest.raises(ConfigError):
        Identity.open(tmp_path)

    (tmp_path / "elsewhere").rename(tmp_path / "name")

    Identity.open(tmp_path).close()


def test_where_there_is_no_identity_none_is_opened(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no identity"):
        Identity.open(tmp_path / "nowhere")


def test_an_identity_never_takes_the_place_of_anything(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("keep me")

    with pytest.raises(ConfigError, match="something there already"):
        Identity.create(tmp_path, name="alice")

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_directory_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    directory = tmp_path / ("a" * 300)

    with pytest.raises(ConfigError) as refused:
        Identity.create(directory, name="alice")

    assert refused.value.where == str(directory)
    assert refused.value.expected == "a directory that we may make"


def test_a_file_where_identities_should_be_is_named_itself(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("keep me")

    with pytest.raises(ConfigError) as refused:
        Identity.open_or_create("alice", home / "identities")

    assert refused.value.where == str(home)
    assert refused.value.found == "something that is no directory"
    assert "OVERLAY_HOME" in refused.value.expected
    assert home.read_text() == "keep me"


@pytest.mark.parametrize("name", ["", "a\nb", "a\x7f", "a" * 65, "\udc80", None])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(UsageError, match="name"):
        Identity.create(tmp_path / "x", name=name)

    assert list(tmp_path.iterdir()) == []


# One at a time.


def test_a_second_use_in_this_process_is_refused_and_names_it(tmp_path: Path) -> None:
    with Identity.create(tmp_path, name="alice"), pytest.raises(IdentityInUse) as refused:
        Identity.open(tmp_path)

    assert refused.value.pid == os.getpid()
    assert refused.value.directory == tmp_path


def test_another_process_that_uses_it_is_named(tmp_path: Path) -> None:
    created(tmp_path)
    program = (
        "import sys; from overlay.sdk.identity import Identity;"
        "identity = Identity.open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        with pytest.raises(IdentityInUse, match=f"process {holder.pid} uses"):
            Identity.open(tmp_path)

        holder.kill()
    with Identity.open(tmp_path) as identity:
        assert identity.name == "alice"


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    identity = Identity.create(tmp_path, name="alice")

    identity.close()
    identity.close()

    Identity.open(tmp_path).close()


def test_one_client_at_a_time_has_the_store(tmp_path: Path) -> None:
    with Identity.create(tmp_path, name="alice") as identity:
        with identity.in_use(), pytest.raises(IdentityInUse), identity.in_use():
            pass

        with identity.in_use() as store:
            assert store.read_all() == []


# Of a name.


def test_the_identity_of_a_name_is_made_once(tmp_path: Path) -> None:
    with Identity.open_or_create("alice", tmp_path) as made:
        pass
    with Identity.open_or_create("alice", tmp_path) as opened:
        assert opened.account == made.account

    assert identity_names(tmp_path) == ["alice"]


def test_of_a_directory_that_is_not_there_no_names_are_known(tmp_path: Path) -> None:
    assert identity_names(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "../../etc", "a%2Fb", "ali ce", "愛"])
def test_a_name_never_leads_out_of_its_directory(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"

    with Identity.open_or_create(name, home) as identity:
        assert identity.name == name
        assert identity.directory is not None
        assert identity.directory.parent == home

    (directory,) = home.iterdir()
    assert not directory.name.startswith(".")


def test_names_that_look_alike_have_directories_of_their_own(tmp_path: Path) -> None:
    for name in ("a/b", "a%2Fb", "%2Ea", ".a"):
        Identity.open_or_create(name, tmp_path).close()

    assert len(list(tmp_path.iterdir())) == 4


# Accounts.


def test_another_client_of_an_account_has_a_key_of_its_own(tmp_path: Path) -> None:
    with (
        Identity.create(tmp_path / "laptop", name="alice") as laptop,
        Identity.create(tmp_path / "phone", account=laptop) as phone,
    ):
        assert phone.account == laptop.account
        assert phone.client != laptop.client
        assert phone.name == "alice"


def test_another_client_knows_what_the_first_knew_of_their_account(tmp_path: Path) -> None:
    record = Row(table="client", key="account", value=b"{}")
    incarnation = incarnation_row(Incarnation(7))
    with Identity.create(tmp_path / "laptop", name="alice") as laptop:
        with laptop.in_use() as store:
            store.apply([record, incarnation, homes_row([])], [])

        with (
            Identity.create(tmp_path / "phone", account=laptop) as phone,
            phone.in_use() as store,
        ):
            assert store.read_all() == [record]


def test_a_client_that_is_made_while_the_first_is_in_use_learns_from_its_home(
    tmp_path: Path,
) -> None:
    with (
        Identity.create(tmp_path / "laptop", name="alice") as laptop,
        laptop.in_use(),
        Identity.create(tmp_path / "phone", account=laptop) as phone,
        phone.in_use() as store,
    ):
        assert store.read_all() == []


def test_nothing_is_left_of_a_temporary_identity(tmp_path: Path) -> None:
    with Identity.temporary("guest") as guest, guest.in_use() as store:
        store.apply([incarnation_row(Incarnation(1))], [])

        assert from_rows(store.read_all()).incarnation == 1
    assert guest.directory is None
    assert Identity.temporary("guest").account != guest.account
