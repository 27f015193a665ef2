import time
from desk import Desk, list_file, activity_file
def test_probe(desk: Desk):
    t=time.time()
    desk.register({"AAA01":["A10001","A10002"],"BBB01":["B10001"]})
    for m in ("2025-05","2025-06"):
        desk.push("AAA01","registered_list",m,list_file(["A10001","A10002"]))
        desk.push("AAA01","hospital_activity",m,activity_file(["A10001","A10002"]))
    print("push",time.time()-t); t=time.time()
    desk.collect()
    print("collect",time.time()-t); t=time.time()
    print(desk.build())
    print("build",time.time()-t); t=time.time()
    desk.push("BBB01","registered_list","2025-06",list_file(["B10001"]))
    desk.collect()
    print("collect",time.time()-t); t=time.time()
    print(desk.build())
    print("build",time.time()-t); t=time.time()
    print(desk.rows("select node,seconds from ops.dbt_node order by seconds desc limit 5"))
