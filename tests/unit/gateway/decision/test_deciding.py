"""Deciding: only on a snapshot that may be answered from, and never relied on longer than what it rests on."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from gateway.decision.deciding import Decided, Question
from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import STORE_FORMAT
from sanctions_matrix.actions import AirTravel, GoodsCategory, GoodsPurchase, LodgingStay, Role
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.listing import Exemption, Listing, Window
from sanctions_matrix.verdict import Outcome
from tests.fakes.answering_site import TERM, AnsweringSite
from tests.fakes.fixed_clock import MORNING
from tests.fakes.synthetic_parties import LISTED_AT, citizen, listing

INSTANT = timedelta(microseconds=1)
FLIGHT = Question(citizen(0), AirTravel(), Role.TRAVELLER)


def usable(site: AnsweringSite, at: datetime = MORNING) -> Reason | None:
    """Return why the held snapshot cannot be answered from; None when it can."""
    with site.store.read() as view:
        try:
            assert site.decider().usable_header(view, at) == view.header()
        except AnswerError as error:
            return error.reason
    return None


def decide(site: AnsweringSite, question: Question = FLIGHT, at: datetime = MORNING) -> Decided:
    """Decide ``question`` on the held snapshot."""
    with site.store.read() as view:
        decider = site.decider()
        return decider.decide(view, decider.usable_header(view, at), question, at)


def refused(site: AnsweringSite, question: Question = FLIGHT) -> AnswerError:
    """Return the error that deciding ``question`` ends with."""
    with pytest.raises(AnswerError) as caught:
        decide(site, question)
    return caught.value


class TestSnapshot:
    """From which snapshots may be answered."""

    def test_a_good_snapshot_is_usable(self, site: AnsweringSite) -> None:
        """Of this pack, with a lease and a delegated key, it may be answered from."""
        assert usable(site) is None

    def test_no_snapshot(self, site: AnsweringSite) -> None:
        """Before the first snapshot nothing is answered, least of all that nobody is listed."""
        with site.store.write() as writer:
            writer._transaction.drop(writer._databases[b"meta"], delete=False)  # noqa: SLF001
        assert usable(site) is Reason.NO_SNAPSHOT

    @pytest.mark.parametrize("format_", [STORE_FORMAT - 1, STORE_FORMAT + 1])
    def test_a_store_of_another_version(self, site: AnsweringSite, format_: int) -> None:
        """What another version wrote is not read half-way."""
        site.hold(format=format_)
        assert usable(site) is Reason.NO_SNAPSHOT

    def test_another_pack(self, site: AnsweringSite) -> None:
        """Records are numbered by a pack's tables; those of another pack mean something else."""
        site.hold(pack="00" * 32)
        assert usable(site) is Reason.PACK_MISMATCH

    def test_the_lease_ends_at_its_instant(self, site: AnsweringSite) -> None:
        """An instant before it is answered, at the instant itself it is not."""
        header = site.hold(lease_until=MORNING + timedelta(seconds=5))
        assert usable(site, header.lease_until - INSTANT) is None
        assert usable(site, header.lease_until) is Reason.SNAPSHOT_STALE

    def test_the_decision_key_ends_at_its_instant(self, site: AnsweringSite) -> None:
        """The same for the delegation of the key that signs."""
        ends = MORNING + timedelta(seconds=5)
        site.hold(decision_keys={site.decision_key.public_key.keyid: ends})
        assert usable(site, ends - INSTANT) is None
        assert usable(site, ends) is Reason.DECISION_KEY_EXPIRED

    @pytest.mark.parametrize("keys", [{}, {"0" * 64: MORNING + timedelta(days=1)}])
    def test_a_key_that_is_not_delegated(
        self, site: AnsweringSite, keys: dict[str, datetime]
    ) -> None:
        """Somebody else's delegation is none."""
        site.hold(decision_keys=keys)
        assert usable(site) is Reason.DECISION_KEY_EXPIRED


class TestVerdict:
    """What is decided about whom."""

    def test_nobody_is_restricted_without_a_listing(self, site: AnsweringSite) -> None:
        """A party that is not in the snapshot may do what it asks."""
        site.put(citizen(1), listing())
        decided = decide(site)
        assert (decided.verdict.outcome, decided.verdict.grounds) == (Outcome.PERMITTED, ())

    def test_a_listing_restricts_what_it_says(self, site: AnsweringSite) -> None:
        """Measure 38 closes flights and leaves hotels open."""
        site.put(citizen(0), listing(measures=["38"]))
        assert decide(site).verdict.outcome is Outcome.RESTRICTED
        night = Question(citizen(0), LodgingStay(stars=5), Role.GUEST)
        assert decide(site, night).verdict.outcome is Outcome.PERMITTED

    def test_a_ground_explains_itself(self, site: AnsweringSite) -> None:
        """What the store holds about authority, reference and contest reaches the ground."""
        entry = listing("L7", measures=["38"])
        site.put(citizen(0), entry)
        (ground,) = decide(site).verdict.grounds
        assert (ground.reference, ground.authority, ground.contest) == (
            "L7",
            entry.authority,
            entry.contest,
        )

    @pytest.mark.parametrize(
        "relieved",
        [
            listing(ends_at=MORNING + timedelta(seconds=10)),
            listing(stays=(Window(MORNING + timedelta(seconds=10)),)),
            listing(
                exemptions=(Exemption(frozenset({"38"}), Window(MORNING + timedelta(seconds=10))),)
            ),
        ],
        ids=["ends", "is stayed", "is exempted"],
    )
    def test_a_restriction_is_not_relied_on_beyond_its_relief(
        self, site: AnsweringSite, relieved: Listing
    ) -> None:
        """A decision that restricts expires when its listing ends or pauses, though its term would go on."""
        site.put(citizen(0), relieved)
        decided = decide(site)
        assert decided.verdict.outcome is Outcome.RESTRICTED
        assert decided.expires_at == MORNING + timedelta(seconds=10)

    def test_what_lies_ahead_does_not_show_in_a_permission(self, site: AnsweringSite) -> None:
        """A listing that starts soon does not shorten the answer, which would tell that it exists."""
        later = Window(MORNING + timedelta(seconds=10))
        site.put(citizen(0), replace(listing(), window=later))
        ahead = decide(site)
        site.put(citizen(0))
        assert (ahead.verdict.outcome, ahead.expires_at) == (
            Outcome.PERMITTED,
            decide(site).expires_at,
        )

    def test_doubt_about_a_rule_refers(self, site: AnsweringSite) -> None:
        """What the tables leave to a person is neither a yes nor a no."""
        site.put(citizen(0), listing(measures=["FASHI-17-OTHER"]))
        watch = Question(citizen(0), GoodsPurchase(category=GoodsCategory.LUXURY), Role.PAYER)
        assert decide(site, watch).verdict.outcome is Outcome.REFERRED

    @pytest.mark.parametrize(
        "ended",
        [
            listing(ends_at=MORNING),
            listing(stays=(Window(LISTED_AT, MORNING + INSTANT),)),
            listing(exemptions=(Exemption(frozenset({"38"}), Window(MORNING)),)),
        ],
        ids=["ended", "stayed", "exempted"],
    )
    def test_an_end_a_stay_and_an_exemption_reach_the_answer(
        self, site: AnsweringSite, ended: Listing
    ) -> None:
        """Windows are judged at the instant of the question, without any publication."""
        site.put(citizen(0), ended)
        assert decide(site).verdict.outcome is Outcome.PERMITTED
        assert decide(site, at=MORNING - INSTANT).verdict.outcome is (
            Outcome.PERMITTED if ended.stays else Outcome.RESTRICTED
        )


class TestTerm:
    """For how long a decision may be relied on: the shortest of four terms."""

    def test_the_set_term(self, site: AnsweringSite) -> None:
        """Nothing else ends earlier."""
        decided = decide(site)
        assert (decided.evaluated_at, decided.expires_at) == (MORNING, MORNING + TERM)

    def test_the_lease(self, site: AnsweringSite) -> None:
        """No decision outlives the snapshot it was made on."""
        header = site.hold(lease_until=MORNING + timedelta(seconds=5))
        assert decide(site).expires_at == header.lease_until

    def test_the_keys_term(self, site: AnsweringSite) -> None:
        """No decision outlives the key that signed it."""
        ends = MORNING + timedelta(seconds=5)
        site.hold(decision_keys={site.decision_key.public_key.keyid: ends})
        assert decide(site).expires_at == ends

    def test_a_grounds_end(self, site: AnsweringSite) -> None:
        """Nobody is refused on the strength of a decision after the listing has ended."""
        soon, later = MORNING + timedelta(seconds=3), MORNING + timedelta(seconds=8)
        site.put(citizen(0), listing("L1", ends_at=later), listing("L2", ends_at=soon))
        assert decide(site).expires_at == soon

    def test_the_end_of_a_listing_that_is_no_ground_does_not_count(
        self, site: AnsweringSite
    ) -> None:
        """A listing that says nothing about the action does not shorten the answer."""
        site.put(citizen(0), listing(measures=["39"], ends_at=MORNING + timedelta(seconds=3)))
        assert decide(site).expires_at == MORNING + TERM


class TestDoubt:
    """What cannot be decided is an error: neither a restriction nor a permission."""

    @pytest.mark.parametrize("record", [b"garbage", b"\xc1", b"\x91\x90", b"\x00"])
    def test_a_record_that_cannot_be_read(self, site: AnsweringSite, record: bytes) -> None:
        """It is then unknown whether the party is listed."""
        site.put_record(citizen(0), record)
        assert refused(site).reason is Reason.INTERNAL

    def test_a_record_without_its_route(self, site: AnsweringSite) -> None:
        """A restriction that could not be contested is not spoken."""
        site.put_record(citizen(0), site.records.encode([listing()], {}))
        assert refused(site).reason is Reason.INTERNAL

    def test_a_record_of_a_list_that_the_pack_does_not_have(self, site: AnsweringSite) -> None:
        """A number outside the pack's tables is not skipped."""
        raw = msgspec.msgpack.decode(site.records.encode([listing()], {}))
        raw[0][1] = 99
        site.put_record(citizen(0), msgspec.msgpack.encode(raw))
        assert refused(site).reason is Reason.INTERNAL

    def test_a_missing_attribute(self, site: AnsweringSite) -> None:
        """Whoever does not say what the car is for gets no answer, listed or not."""
        car = Question(citizen(0), GoodsPurchase(category=GoodsCategory.VEHICLE), Role.PAYER)
        assert refused(site, car).reason is Reason.ATTRIBUTE_MISSING
        site.put(citizen(0), listing())
        assert refused(site, car).reason is Reason.ATTRIBUTE_MISSING

    def test_a_role_that_the_action_does_not_have(self, site: AnsweringSite) -> None:
        """Nobody pays for, or is a guest of, a flight in the sense of the rules."""
        question = replace(FLIGHT, role=Role.GUEST)
        assert refused(site, question).reason is Reason.ROLE_INVALID

    def test_an_action_that_the_pack_does_not_answer_for(self, site: AnsweringSite) -> None:
        """A pack that says nothing about an action permits nothing either."""
        pack = site.matrix.pack
        some = {name: entry for name, entry in pack.actions.items() if name != "air.travel"}
        site.matrix = compile_matrix(replace(pack, actions=some))
        assert refused(site).reason is Reason.ACTION_UNKNOWN

    def test_no_message_quotes_the_document(self, site: AnsweringSite) -> None:
        """The number stays out of every text."""
        site.put_record(citizen(0), b"garbage")
        error = refused(site)
        assert citizen(0).number not in f"{error} {error.__cause__}"
