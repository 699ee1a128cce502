"""Teams: messages and notifications of Graph, by hand; encrypted here as Graph encrypts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from integrations.base import Delivery, Why
from integrations.receive import receive
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import NEW, NOW, IntegrationContract, fetched, posted

TENANT = "https://login.microsoftonline.com/t1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def a_message(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1772442900000",
        "replyToId": None,
        "messageType": "message",
        "createdDateTime": "2026-03-02T09:15:00Z",
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "subject": "Pump 4",
        "locale": "en-us",
        "from": {"application": None, "user": {"id": "aad-7", "displayName": "Ada"}},
        "body": {"contentType": "html", "content": "<div>Who knows <at id='0'>Bo</at>?</div>"},
        "channelIdentity": {"teamId": "team-1", "channelId": "19:abc@thread.tacv2"},
        "mentions": [{"id": 0, "mentioned": {"user": {"id": "aad-8", "displayName": "Bo"}}}],
        "reactions": [],
        **changes,
    }


def a_reaction(**changes: Any) -> dict[str, Any]:
    return {
        "reactionType": "like",
        "createdDateTime": "2026-03-02T09:16:00Z",
        "user": {"user": {"id": "aad-9"}},
        **changes,
    }


def encrypted(message: dict[str, Any]) -> dict[str, str]:
    key = os.urandom(32)
    padder = PKCS7(128).padder()
    plain = padder.update(orjson.dumps(message)) + padder.finalize()
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = cipher.update(plain) + cipher.finalize()
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    parts = {
        "data": data,
        "dataKey": KEY.public_key().encrypt(key, oaep),
        "dataSignature": hmac.new(key, data, hashlib.sha256).digest(),
    }
    return {name: base64.b64encode(part).decode() for name, part in parts.items()}


def notified(
    message: dict[str, Any], resource: str = "teams('1')/channels('2')/messages('3')"
) -> Delivery:
    item = {"subscriptionId": "s", "changeType": "created", "resource": resource}
    return posted({"value": [{**item, "encryptedContent": encrypted(message)}]})


class TestTeams(IntegrationContract):
    name = "teams"
    instance = TENANT
    settings = {"options": {"private_key": PEM}}
    lacks = {"altered byte": "Graph signs no body: its clientState is the proof"}

    def genuine(self) -> Delivery:
        return notified(a_message())

    def unknown(self) -> Delivery:
        return notified(a_message(messageType="systemEventMessage"))

    def by_bot(self) -> Delivery:
        return notified(a_message(**{"from": {"application": {"id": "app"}, "user": None}}))

    def by_nobody(self) -> Delivery:
        return notified(a_message(**{"from": None}))

    def private(self) -> Delivery:
        return notified(a_message(), "chats('19:x')/messages('3')")

    def test_a_notification_and_a_fetched_message_make_the_same_statement(self) -> None:
        assert self.statement(self.genuine()) == self.statement(fetched({"value": [a_message()]}))

    def test_a_message_of_a_channel(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["actor"]["account"] == {"homePage": TENANT, "name": "aad-7"}
        assert made["object"]["definition"]["description"] == {"en-us": "Who knows Bo?"}
        assert made["context"]["contextAgents"][0]["relevantTypes"] == [v.MENTIONED]

    def test_a_reply_names_the_root_of_its_thread(self) -> None:
        made = self.statement(notified(a_message(id="2", replyToId="1772442900000")))

        assert action_of(made) == "reply"
        parent = made["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == self.statement(self.genuine())["object"]["id"]

    def test_what_was_edited_before_it_was_read_is_an_act_and_an_edit(self) -> None:
        """Its first text is not told any more, that it was written and who was named is."""
        edited = "2026-03-02T10:00:00Z"
        message = a_message(id="2", replyToId="1772442900000", lastEditedDateTime=edited)

        reply, edit = self.told(notified(message)).statements

        assert [action_of(reply), action_of(edit)] == ["reply", "edit"]
        assert [one["timestamp"][11:16] for one in (reply, edit)] == ["09:15", "10:00"]
        assert reply["context"]["contextAgents"][0]["agent"]["account"]["name"] == "aad-8"
        assert "response" not in reply.get("result", {})
        first = self.statement(notified({**message, "lastEditedDateTime": None}))
        assert reply["id"] == first["id"]

    def test_reactions_are_told_with_the_message(self) -> None:
        told = self.told(notified(a_message(reactions=[a_reaction()])))

        assert [action_of(s) for s in told.statements] == ["post", "like"]

    def test_a_guest_without_an_account_is_nobody_wherever_one_is_told(self) -> None:
        guest = {"user": {"id": "g-1", "userIdentityType": "anonymousGuest"}}
        mention = [{"id": 0, "mentioned": guest}]

        told = self.told(notified(a_message(reactions=[a_reaction(user=guest)], mentions=mention)))

        assert [action_of(s) for s in told.statements] == ["post"]
        assert "contextAgents" not in told.statements[0]["context"]
        assert told.skipped == {Why.ANONYMOUS: 1}

    def test_content_encrypted_for_another_or_altered_is_a_dead_letter(self) -> None:
        item = {"subscriptionId": "s", "changeType": "created", "resource": "teams('1')"}
        content = encrypted(a_message())
        content["data"] = base64.b64encode(os.urandom(64)).decode()

        assert self.told(posted({"value": [{**item, "encryptedContent": content}]})).dead_letter

    def test_a_notification_without_content_has_to_be_fetched(self) -> None:
        item = {"subscriptionId": "s", "changeType": "created", "resource": "teams('1')"}

        assert self.told(posted({"value": [item]})).skipped == {Why.TOLD_ELSEWHERE: 1}

    def test_an_item_with_another_state_refuses_the_whole_delivery(self) -> None:
        states = [
            {"clientState": NEW, "resource": "teams"},
            {"clientState": "x", "resource": "teams"},
        ]

        assert receive(self.source(), posted({"value": states}), NOW).refused

    @pytest.mark.parametrize("token", ["abc def", "<script>alert(1)</script>"])
    def test_the_validation_token_is_answered_escaped(self, token: str) -> None:
        told = receive(self.source(), Delivery(source="s", query={"validationToken": token}), NOW)

        assert told.answer is not None
        assert told.answer.content_type.startswith("text/plain")
        assert b"<" not in told.answer.body
