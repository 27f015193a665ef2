"""One module a feed, each with one function: a month -> the columns of all sites' files. ``FEEDS`` names them."""

from collections.abc import Callable

from pch.simulate.feeds.clinical_indicators import indicators
from pch.simulate.feeds.gp_appointments import appointments
from pch.simulate.feeds.hospital_activity import activity
from pch.simulate.feeds.interventions import work
from pch.simulate.feeds.month import Month, Table
from pch.simulate.feeds.patient_experience import experience
from pch.simulate.feeds.prescribing import prescriptions
from pch.simulate.feeds.programme_inputs import ledgers
from pch.simulate.feeds.registered_list import lists
from pch.simulate.feeds.staff_survey import answers
from pch.simulate.feeds.workforce import staff

__all__ = ["FEEDS", "Month", "Table"]

FEEDS: dict[str, Callable[[Month], Table]] = {
    "registered_list": lists,
    "hospital_activity": activity,
    "gp_appointments": appointments,
    "clinical_indicators": indicators,
    "prescribing": prescriptions,
    "workforce": staff,
    "staff_survey": answers,
    "patient_experience": experience,
    "programme_inputs": ledgers,
    "interventions": work,
}
