"""What can be said of a file on a site's own desk, without the warehouse; and how it is sent.

    file -> decode (contract) -> suites (sense of the rows) -> findings, and what could not be looked at here

The front door looks at files with the same code (``pch.door.checking``), so both say the same.
"""
