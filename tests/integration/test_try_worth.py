import pytest, json
from worth_world import world, small, LAST
from pch.evaluation.run import evaluate, due
from pch.evaluation.what_if import what_if
from pch.pipeline.build import build_worth
from pch.warehouse.db import connect
import psycopg, time
def test_try(server, tmp_path):
    with world(server, tmp_path) as desk:
        print("VERDICTS", desk.rows("select feed, verdict, count(*) from ops.current_verdict join ops.submission using (submission_id) group by 1,2 order by 1,2"))
        print("FIND", desk.rows("select feed, rule, severity, max(message), count(*) from ops.current_finding join ops.submission using (submission_id) group by 1,2,3 order by 1,2"))
        with connect(desk.settings, "evaluator") as conn: print("DUE", due(conn))
        t=time.time()
        print(evaluate(desk.settings, "Because of the test.", "me", small()))
        print("EVAL s", time.time()-t); t=time.time()
        build_worth(desk.settings)
        print("WORTH s", time.time()-t)
        with connect(desk.settings, "evaluator") as conn: print("DUE", due(conn))
        for q in ("select outcome, site_code, count(*), count(*) filter (where is_usable), sum(observed) filter (where is_usable), sum(expected) filter (where is_usable) from mart.fct_panel group by 1,2 order by 1,2",
          "select outcome, method, area_type, area_code, site_months_count, covered_pct, effect_pct, effect_lower_95, effect_upper_95, observed, avoided, verdict, reason from mart.fct_effect order by 3,1,2",
          "select metric_code, variant, area_type, area_code, value, lower_95, upper_95, numerator, denominator, verdict, reason from mart.fct_worth order by 3,4,1,2",
          "select assumptions from mart.fct_worth where (metric_code, area_code, variant) = ('CE02','AAA01', 'all')",
          "select area_type, area_code, count(*) from mart.fct_worth_plane group by 1,2","select * from mart.fct_acceptability where area_type='programme' limit 5", "select site_code, count(*), sum(charged_real_gbp), sum(charged_nominal_gbp) from mart.fct_input group by 1", "select site_code, count(*) filter (where is_complete), count(*) from mart.fct_input_completeness group by 1", "select * from mart.fct_valued_hour limit 2","select * from mart.fct_valued_item limit 4", "select * from bi.worth limit 3", "select * from bi.effect limit 3", "select * from bi.effect_course limit 3", "select outcome, diagnostic,area_code,is_passed, finding from mart.fct_effect_diagnostic where area_code='all'"):
            print("\n", q[:80])
            for r in desk.rows(q): print(r)
        t=time.time()
        for c in what_if(desk.settings, {"emergency_spells": 5000}, {"nurse": 450.0}, small()):
            if c.published.area.area_code in ("AAA01",): print(c.published.metric_code, c.published.variant, c.published.value, c.otherwise.value)
        print(time.time()-t)
