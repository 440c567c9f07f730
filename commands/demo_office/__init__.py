"""The demonstration office: people of workflows/*/demo/office.yaml, and the cases of demo/cases.yaml, played through the real engine."""

from commands.demo_office.cases import load_cases
from commands.demo_office.people import is_empty, load, password
from commands.demo_office.stations import Simulated, prepared

__all__ = ["Simulated", "is_empty", "load", "load_cases", "password", "prepared"]
