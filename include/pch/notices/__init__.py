"""Mail to sites: what arrived, what was decided of it, what is due, what is asked.

    ops.submission, ops.verdict, ops.question, ops.return_state -> letters (what a site was not told yet)
        -> ops.mail, ops.notice -> post -> the mail server -> ops.mail_event

contacts     whom it goes to          letters   what is to be told now, a mail a site and topic
happened     submissions, questions   awaited   returns that are due or overdue
words        letters in plain words   post      written down, sent, and what became of it

A thing is told once: its notice is written with the mail that tells it. A mail holds no figure, cell or name out of a
file, only counts, rules, columns and sentences of ours; the rest is behind its link. Off unless PCH_MAIL_FROM is set.
"""
