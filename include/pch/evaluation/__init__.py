"""What the programme changed, what that is worth, and how sure one can be.

    mart.fct_panel -> panel -> staggered | series | synthetic | before_after -> diagnostics -> verdict
                                      -> worth (CE01-CE03) -> claims -> schema eval (store) -> marts, pages, pack

The estimators know nothing of the database: they take a Panel and give dataclasses (results). How strict they are
stands in registry/evaluation.yml.
"""
