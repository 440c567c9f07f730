"""Who stands in the corner of the page: a person with the post at the office where that person sits."""

from __future__ import annotations

import pytest

from engine.people import Actor
from tests.web.office import Office
from web.staff import PostLine, Staff

CITY = PostLine("reception", "1", "宁波市税务局", "", "sat/zj/nb/")
OWN = PostLine("collector", "2", "海曙区税务局", "", "sat/zj/nb/hs/")


@pytest.mark.parametrize("posts", [(CITY, OWN), (OWN, CITY)])
def test_the_own_office_goes_before_a_post_for_the_whole_city(office: Office, posts: tuple[PostLine, ...]) -> None:
    with office.web.test_request_context():
        assert Staff(Actor("1", "林静"), "lin.jing", "", posts).post_line == "海曙区税务局 · 征收员 等 2 个岗位"


def test_among_offices_side_by_side_it_is_the_one_with_most_posts(office: Office) -> None:
    posts = (PostLine("data_entry", "3", "北仑区税务局", "", "sat/zj/nb/hs/"), PostLine("case_handler", "2", "海曙区税务局", "", "sat/zj/nb/hs/"), OWN)
    with office.web.test_request_context():
        assert Staff(Actor("1", "林静"), "lin.jing", "", posts).post_line == "海曙区税务局 · 经办人 等 3 个岗位"
