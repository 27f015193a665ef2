"""The declared side of progress: what is aimed at, chosen, frozen and said of a site's model of care.

declared (targets, priorities, characteristics, re-basings)  <- files (the same, for many sites at once)
baselines (frozen by the pipeline, or anew by the central team)
rows (how all of them are kept: appended, signed, with a reason; a later row stands for an earlier one)
"""
