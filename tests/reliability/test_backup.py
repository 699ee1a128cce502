"""`lrs backup` while the store is in use, and what is in the copy."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.attaching import attached, post_attached
from tests.reliability.checking import assert_equal, assert_filters_find, assert_sound
from tests.reliability.load import Load, a_statement, under_load
from tests.reliability.running import Server, say, wait_until


def test_the_copy_is_a_store_with_all_that_was_answered_before(
    server: Server, tmp_path: Path
) -> None:
    server.start()
    copy = Server(tmp_path / "copy", tmp_path)
    first, content = a_statement("attached", 1), b"attached data" * 1000
    with server.client() as client:
        assert post_attached(client, first, content) == 200

    with under_load(Load(server, "backup", sizes=(1, 1, 20, 100), documents=1)) as log:
        wait_until(lambda: log.statuses[200] >= 60)
        answered = {s["id"]: s for s in log.answered}
        made = server.command("backup", str(copy.data))
    assert server.stop() == 0

    assert made.returncode == 0, made.stderr
    assert set(log.statuses) == {200, 204}
    copy.start()
    try:
        with copy.client() as client:
            assert content in attached(client, first["id"])
            listed = {s["id"]: s for s in client.every_statement()}
            del listed[first["id"]]
            for request in log.sent:
                there = {s["id"] in listed for s in request.statements[1:]}
                assert len(there) <= 1, "a batch is there in part"
            voided = {r.statements[0]["id"] for r in log.sent if len(r.statements) > 1}
            assert set(answered) - voided <= set(listed)
            for statement_id in set(answered) & set(listed):
                assert_equal(answered[statement_id], listed[statement_id])
            assert_filters_find(client, log, listed)
            assert client.ask("POST", "/xapi/statements", a_statement("more", 1)).status == 200
        assert copy.stop() == 0
    finally:
        copy.discard()
    assert_sound(copy.path)
    say(f"{len(answered)} Statements answered before, {len(listed)} listed in the copy")


def test_a_folder_that_is_not_empty_is_refused(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "precious").write_text("precious")

    refused = server.command("backup", str(folder))

    assert refused.returncode == 2
    assert "not empty" in refused.stderr
    assert [path.name for path in folder.iterdir()] == ["precious"]


def test_where_there_is_no_store_none_is_made_and_copied(tmp_path: Path) -> None:
    """A mistyped LRS_STORE_URL must not look like a backup that was made."""
    server = Server(tmp_path / "elsewhere", tmp_path)

    refused = server.command("backup", str(tmp_path / "copy"))

    assert refused.returncode == 1
    assert "there is no store" in refused.stderr
    assert not server.path.exists()
    assert not (tmp_path / "copy").exists()


def test_a_copy_has_its_folder_of_attachments_also_without_any(
    server: Server, tmp_path: Path
) -> None:
    """The steps of a restore copy it."""
    made = server.command("backup", str(tmp_path / "copy"))

    assert made.returncode == 0, made.stderr
    assert (tmp_path / "copy" / "attachments").is_dir()
