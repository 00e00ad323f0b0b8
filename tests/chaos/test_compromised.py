from __future__ import annotations
import random
import pytest
from tests.chaos import compromised_plugin as plug
from tests.chaos.compromised_plant import keys_of, open_plant, plug_ins
from tests.chaos.compromised_witness import Witness, rows_that_nobody_wrote

def test_first(tmp_path, monkeypatch):
    with plug_ins(tmp_path / "site", monkeypatch):
        plant = open_plant(tmp_path / "plant")
        w = Witness()
        import time
        for burst in range(5):
            t=time.time()
            rng = random.Random(burst)
            for name in plug.NAMES:
                plug.QUESTIONS[name] = [plug.Question(key=f"{name}-{burst}-{n}", seed=rng.randrange(10**9), manner=rng.choice(["honest"]*5+sorted(plug.MANNERS))) for n in range(20)]
            r = plant.decide()
            print(r.cleared, r.proposed, dict(r.refused), time.time()-t); t=time.time()
            for row in plant.inbox(limit=30).rows:
                for who in ("cleo", "svc", "dora", "ada", "ben"):
                    got = plant.approve(row.id, by=who, justification="because it is needed")
            print("approve", time.time()-t); t=time.time()
            plant.work(until_idle=True)
            print("work", time.time()-t); t=time.time()
            with plant.store.snapshot() as sql:
                faults = w.look(sql, plant.targets["wms"].received)
                rows = rows_that_nobody_wrote(sql)
            print("witness", time.time()-t, w.cleared, len(plant.targets["wms"].received))
            assert not faults and not rows, (faults[:5], rows[:5])
        plant.close()
