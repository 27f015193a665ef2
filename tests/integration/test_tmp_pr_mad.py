from desk import Desk, list_file
def test_x(desk: Desk):
    desk.register({"AAA": ["A10001"]})
    for m, n in zip(range(1, 6), (100, 140, 60, 120, 80)):
        desk.push("AAA", "registered_list", f"2026-0{m}", list_file(["A10001"], lambda p,s,b: n))
    r = {}
    for k in (20, 100, 5, 2000): pass
    r = desk.push("AAA", "registered_list", "2026-06", list_file(["A10001"], lambda p,s,b: 2000))
    desk.collect()
    print({k: (v["severity"], v["message"]) for k, v in desk.findings(r).items()})
