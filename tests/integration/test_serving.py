import pytest
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.conftest import SiteMaker
from tests.integration.raw_partner import RawPartner, decision_in

def test_x(make_site: SiteMaker) -> None:
    site = make_site(LivePlan())
    site.start()
    print(site.worker_pids(), site.follower_pid(), site.embedded_redis_pid())
    with RawPartner(site.identity("airline")) as p:
        print(decision_in(p.ask("110101189001010016")))
    print(site.header())
    print(site.gateway.stop(), site.publisher.stop())
    print(site.printed())
