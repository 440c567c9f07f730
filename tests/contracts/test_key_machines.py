"""The port of a key machine: a token of PKCS#11 (SoftHSM2) opens our chips with a key that never leaves it.

Source: Xicheng, 三(四) (加载), 三(五) (税控IC卡解锁、升级发行、授权).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from hardware.card import apdu
from hardware.card.apdu import Command
from hardware.card.chip.direct import DirectWire
from hardware.card.chip.golden import FACTORY
from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.card.chip.system import KEY_TRIES, CardSystem, cryptogram
from hardware.card.iso import IsoCard
from hardware.card.layout import PIN_REFERENCE
from hardware.keys.ports import KeyExposed, KeyMachineAway, KeyMachineError, KeyMissing, KeyPinBlocked, KeyPinWrong
from hardware.ports import (
    IC_CARD,
    ORDINARY,
    CardDamaged,
    CardRemoved,
    CardState,
    KeyBlocked,
    NotAuthorised,
    PinBlocked,
    WrongKey,
    WrongPin,
)
from tests.conftest import missing
from tests.factories.chips import PIN, Cut, Pair, authority
from tests.factories.tokens import TOKEN_PIN, NoToken, Token, inserted

CHALLENGE = bytes(range(8))
OTHER_KEY = bytes(range(40, 64))
NEW_PIN = "246810"
COMMANDS = 3  # of a PIN that is replaced: the challenge, its answer, the new PIN


@pytest.fixture
def token(tmp_path: Path) -> Iterator[Token]:
    with ExitStack() as stack:
        try:
            found = stack.enter_context(inserted(tmp_path))
        except NoToken as reason:
            missing("SoftHSM2", str(reason))
        yield found


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path, state=FACTORY)


def refused(kind: type[KeyMachineError], act: Callable[[], object]) -> None:
    """Refused in two languages, and nothing happened."""
    with pytest.raises(kind) as error:
        act()
    assert error.value.happened == "no"
    assert str(error.value)
    assert error.value.en.isascii()


def blocked(pair: Pair) -> IsoCard:
    """An IC card whose PIN is blocked, put in anew."""
    _tax, ic = pair.inserted()
    for expected in (WrongPin, WrongPin, PinBlocked):
        with pytest.raises(expected):
            ic.verify("00000000")
    return IsoCard(pair.wires[IC_CARD])


# --- the machine ---------------------------------------------------------------------------------------------------------------


def test_it_answers_a_challenge_as_the_card_reckons_it_and_keeps_its_key(token: Token) -> None:
    machine = token.machine()

    assert machine.authority(CHALLENGE) == cryptogram(ISSUER_KEY_OF_TESTS, CHALLENGE)
    assert machine.authority(CHALLENGE[::-1]) == cryptogram(ISSUER_KEY_OF_TESTS, CHALLENGE[::-1])
    with pytest.raises(token.pkcs11.exceptions.AttributeSensitive):
        token.value_of("发行密钥")


@pytest.mark.parametrize("challenge", [b"", b"1234567", bytes(16)])
def test_it_answers_one_block_and_nothing_else(token: Token, challenge: bytes) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        token.machine().authority(challenge)


def test_a_wrong_pin_is_shown_to_it_once(token: Token) -> None:
    machine = token.machine(pin="000000")
    refused(KeyPinWrong, lambda: machine.authority(CHALLENGE))
    assert token.pins_were_wrong()

    token.change_pin("000000")  # it would be right now, but nobody has said so
    refused(KeyPinWrong, lambda: machine.authority(CHALLENGE))
    assert token.machine(pin="000000").authority(CHALLENGE)
    refused(KeyPinWrong, lambda: token.machine(pin=TOKEN_PIN).authority(CHALLENGE))


def test_a_machine_whose_pin_is_blocked_is_asked_once(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def locked(module: str) -> None:  # SoftHSM2 never blocks a PIN, other machines do
        asked.append(module)
        raise token.pkcs11.exceptions.PinLocked

    machine = token.machine()
    monkeypatch.setattr(token.pkcs11, "lib", locked)

    for _ in range(2):
        refused(KeyPinBlocked, lambda: machine.authority(CHALLENGE))
    monkeypatch.undo()
    assert asked == [token.module]


def test_a_machine_that_is_away_or_a_key_that_is_not_in_it_is_named(token: Token, tmp_path: Path) -> None:
    refused(KeyMachineAway, lambda: token.machine(token="another").authority(CHALLENGE))
    refused(KeyMachineAway, lambda: token.machine(module=str(tmp_path / "none.so")).authority(CHALLENGE))
    refused(KeyMissing, lambda: token.machine(key="another").authority(CHALLENGE))
    token.put_key("发行密钥", OTHER_KEY)
    refused(KeyMissing, lambda: token.machine().authority(CHALLENGE))  # which of the two is meant?


def test_counters_of_one_process_do_not_sign_each_other_out(token: Token) -> None:
    """Without a turn for each the library frees what another uses, or calls the PIN wrong."""
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda machine: machine.authority(CHALLENGE), [token.machine() for _ in range(60)]))

    assert set(answers) == {cryptogram(ISSUER_KEY_OF_TESTS, CHALLENGE)}


def test_it_works_again_when_it_is_back(token: Token) -> None:
    machine = token.machine()
    assert machine.authority(CHALLENGE)
    token.pkcs11.lib(token.module).reinitialize()

    assert machine.authority(CHALLENGE) == cryptogram(ISSUER_KEY_OF_TESTS, CHALLENGE)


@pytest.mark.parametrize(("extractable", "sensitive"), [(True, True), (False, False)])
def test_a_key_that_can_be_read_out_is_not_used(token: Token, extractable: bool, sensitive: bool) -> None:
    token.put_key("exposed", OTHER_KEY, extractable=extractable, sensitive=sensitive)

    refused(KeyExposed, lambda: token.machine(key="exposed").authority(CHALLENGE))


# --- the cards that it opens ---------------------------------------------------------------------------------------------------


def test_it_unlocks_issues_authorises_and_loads_a_golden_tax_card(token: Token, pair: Pair) -> None:
    machine, (tax, _ic) = token.machine(), pair.inserted()

    tax.unlock(machine.authority)
    tax.reissue(machine.authority, "DOS-6")
    tax.authorise(machine.authority, 999_999, 50)
    tax.authorise(machine.authority, 1_000, 500, invoices=ORDINARY)
    tax.load(machine.authority, 5)  # which counts there are is said by the procedure

    assert pair.inserted()[0].state() == CardState("DOS-6", is_locked=False, outside_period=5, per_invoice=999_999, monthly_quantity=50, ordinary_per_invoice=1_000, ordinary_quantity=500)


def test_a_machine_with_another_key_opens_nothing_and_costs_a_try(token: Token, pair: Pair) -> None:
    token.put_key("other", OTHER_KEY)
    other, (tax, ic) = token.machine(key="other"), pair.inserted()

    for act, left in ((tax.unlock, 4), (lambda authority: tax.load(authority, 3), 3), (lambda authority: ic.unlock_pin(authority, NEW_PIN), 4)):
        with pytest.raises(WrongKey) as wrong:
            act(other.authority)
        assert (wrong.value.left, wrong.value.happened) == (left, "no")

    tax, ic = pair.inserted()
    assert tax.state() == FACTORY
    ic.verify(PIN)
    tax.unlock(token.machine().authority)  # the right one gives the tries back
    with pytest.raises(WrongKey) as wrong:
        tax.unlock(other.authority)
    assert wrong.value.left == KEY_TRIES - 1


def test_a_card_takes_five_wrong_keys_and_then_none(pair: Pair) -> None:
    tax, _ic = pair.inserted()
    for _ in range(KEY_TRIES - 1):
        with pytest.raises(WrongKey):
            tax.unlock(bytes)
    with pytest.raises(KeyBlocked):
        tax.unlock(bytes)

    with pytest.raises(KeyBlocked):
        pair.inserted()[0].unlock(authority)


def test_where_the_machine_fails_the_card_is_as_it_was(token: Token, pair: Pair) -> None:
    tax, ic = pair.inserted()
    wrong = token.machine(pin="000000")

    for act in (lambda: tax.unlock(wrong.authority), lambda: ic.unlock_pin(wrong.authority, NEW_PIN)):
        refused(KeyPinWrong, act)
    tax, _ic = pair.inserted()
    assert tax.state() == FACTORY
    with pytest.raises(WrongKey) as tried:
        tax.unlock(bytes)
    assert tried.value.left == KEY_TRIES - 1  # none was lost before


# --- the PIN of a card ---------------------------------------------------------------------------------------------------------


def test_a_blocked_pin_is_replaced_and_has_to_be_shown(token: Token, pair: Pair) -> None:
    card = blocked(pair)

    card.unlock_pin(token.machine().authority, NEW_PIN)

    with pytest.raises(NotAuthorised):
        card.write("holder", b"x")
    with pytest.raises(WrongPin) as old:
        card.verify(PIN)
    assert old.value.left == 2
    card.verify(NEW_PIN)
    card.write("holder", b"x")
    assert card.read("holder") == b"x"


def test_who_has_shown_the_old_pin_shows_the_new_one_too(token: Token, pair: Pair) -> None:
    _tax, ic = pair.inserted()
    ic.unlock_pin(token.machine().authority, NEW_PIN)

    with pytest.raises(NotAuthorised):
        ic.write("holder", b"x")


@pytest.mark.parametrize("pin", ["", "123", "123456789", "1234a", "\uff11\uff12\uff13\uff14"])
def test_what_is_no_pin_is_refused_before_the_card_is_asked(pair: Pair, pin: str) -> None:
    card = blocked(pair)

    with pytest.raises(ValueError, match="4 to 8 digits"):
        card.unlock_pin(bytes, pin)
    with pytest.raises(PinBlocked):
        card.verify(PIN)


@pytest.mark.parametrize(("reference", "pin", "proven", "status"), [
    (PIN_REFERENCE, b"246810", False, apdu.NOT_ALLOWED), (PIN_REFERENCE, b"", True, apdu.WRONG_DATA), (PIN_REFERENCE, b"abcd", True, apdu.WRONG_DATA),
    (0x82, b"246810", True, apdu.NOT_THERE),
])  # fmt: skip
def test_the_chip_replaces_its_own_pin_alone_by_a_pin_and_for_the_issuer(pair: Pair, reference: int, pin: bytes, proven: bool, status: int) -> None:
    card = blocked(pair)
    if proven:
        card.prove(authority)

    assert card.exchanged(Command(0x00, apdu.RESET_RETRIES, 0x02, reference, pin)) == (b"", status)
    with pytest.raises(PinBlocked):
        card.verify(PIN)


@pytest.mark.parametrize("how", ["before", "after", "torn"])
def test_a_card_drawn_while_its_pin_is_replaced_has_the_old_one_or_the_new(token: Token, pair: Pair, how: Cut) -> None:
    machine, ends = token.machine(), list[str]()
    for at in range(1, COMMANDS + 1):
        card = blocked(pair)
        pair.wires[IC_CARD].count = 0
        pair.cut(IC_CARD, at, how)
        with pytest.raises(CardRemoved) as drawn:
            card.unlock_pin(machine.authority, NEW_PIN)
        assert drawn.value.happened == "unknown"

        card = IsoCard(DirectWire(CardSystem(pair.folder / "ic.chip")))
        try:
            card.verify(NEW_PIN)
            ends.append("new")
        except PinBlocked:
            ends.append("old")
        card.unlock_pin(machine.authority, PIN)  # the job comes again
    assert ends == ["old", "old", "new" if how == "after" else "old"]


def test_a_card_that_gives_no_challenge_is_given_no_answer(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    tax, _ic = pair.inserted()
    monkeypatch.setattr(pair.wires[tax.kind].chip, "answer", lambda _wire: b"\x00\x90\x00")

    with pytest.raises(CardDamaged):
        tax.unlock(bytes)
