"""A gateway for a partner's own tests: real gRPC, real signatures, scripted answers."""

from partner_sdk.testing.fake_gateway import FakeGateway
from partner_sdk.testing.script import Script
from partner_sdk.testing.standing_desk import StandingDesk
from partner_sdk.testing.trust_repository import InMemoryTrustRepository

__all__ = ["FakeGateway", "InMemoryTrustRepository", "Script", "StandingDesk"]
