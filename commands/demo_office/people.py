"""The demonstration office: offices, people, posts and outside parties of workflows/*/demo/office.yaml, then devices, loaded once into an empty database."""

from __future__ import annotations

from typing import Any

import yaml

from commands.demo_office.devices import load_devices
from db.installation import mark_demonstration
from records.offices import store
from records.offices.organisation import load_organisation

Account = tuple[str, str, dict[str, list[str]]]  # login, name, offices by role


def load(application: Any) -> list[Account]:
    """Every demo account; the accounts are made if there are none."""
    rows: list[Account] = []
    wanted = is_empty(application)
    for file in sorted(application.workflows.glob("*/demo/office.yaml")):
        data = yaml.CSafeLoader(file.read_text("utf-8")).get_single_data()
        names = {office["code"]: office["name"] for office in data["offices"]}
        people = [{"password": data["password"], **person} for person in data["people"]]
        parties = [
            {**party, "accounts": [{"password": data["password"], **account} for account in party["accounts"]]}
            for party in data.get("parties", ())
        ]
        with application.database.write() as session:
            if wanted:
                load_organisation(session, {**data, "people": people, "parties": parties})
                mark_demonstration(session)
        for person in people:
            held: dict[str, list[str]] = {}
            for post in person["posts"]:
                held.setdefault(post["role"], []).append(names[post["office"]])
            rows.append((person["login"], person["name"], held))
        rows += [(one["login"], one["name"], {party["kind"]: [party["name"]]}) for party in parties for one in party["accounts"]]
    if wanted:
        load_devices(application)
    return rows


def is_empty(application: Any) -> bool:
    """Whether nobody is there yet, so that a demonstration may be loaded."""
    with application.database.read() as session:
        return not store.people(session)


def password(application: Any) -> str:
    """The password of the demo accounts."""
    file = next(iter(sorted(application.workflows.glob("*/demo/office.yaml"))))
    return str(yaml.CSafeLoader(file.read_text("utf-8")).get_single_data()["password"])
