"""The front door: an HTTP API for programs and a portal for people, one process, one role of the database.

    request -> access (who, which site) -> api | portal -> pushing (spool -> receive -> check) -> receipt, findings
                                                        -> reading (rows of that site only)  -> states, findings

server    the process    app      what it is made of    house     what every request needs
access    who asks       problems errors as RFC 9457    spool     a body streamed to the disk, counted, summed
sessions  of people      limits   of callers
pushing   one push       checking files looked at in processes of their own                   reading   rows of a site
api/      programs       portal/  people

Every connection says whose rows it may see before it sees any (``House.serving``); the database holds it to that.
"""
