"""What people look at.

    ledger and marts -> plain dataclasses (status, findings, explain) -> as_json for scripts
                                                                      -> screen/ for people

Every figure shown is one the database gave, or a sum of such figures that stands beside its parts.
"""
