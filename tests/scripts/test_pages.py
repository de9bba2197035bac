"""How code is found in a documentation page: on pages of our own making, with the same habits."""

from __future__ import annotations

import pytest

from scripts.pages import PageFailed, clob_blocks, longest_code, main, us_script, us_steps, with_values

CLOB_PAGE = """\
from py_clob_client.clob_types import A

first = A()
print(first)
Some words about it.
from py_clob_client.clob_types import B
second = B()
print(second)
More words.
from py_clob_client.clob_types import A

first = A()
print(first)Next page
"""

US_PAGE = """\
Before you start: read this.
Step 1: Say hello

Begin with a greeting:
NAME = "your_name"

def greet():
    return f"hello {NAME}"
print(greet())
Expected response:
{
  "a": 1
}

Step 2: Count

print(1 + 1)

Complete Example

Here it is:
#!/usr/bin/env python3
import sys

NAME = "your_name"


def main():
    print(NAME)


if __name__ == "__main__":
    main()

Next Steps and more
"""


def test_each_code_block_of_the_clob_page_is_found_once() -> None:
    first, second = clob_blocks(CLOB_PAGE)
    assert first.endswith("first = A()\nprint(first)")
    assert second.endswith("second = B()\nprint(second)")


def test_the_longest_run_of_code_that_prints_is_taken() -> None:
    text = 'Do this first:\nx = 1\nprint(x)\nThen expect:\n{\n  "a": 1,\n  "b": 2\n}\n'
    assert longest_code(text).strip() == "x = 1\nprint(x)"


def test_the_steps_of_the_us_page_hold_their_code_and_no_prose() -> None:
    steps = us_steps(US_PAGE)
    assert sorted(steps) == [1, 2]
    assert steps[1].startswith('NAME = "your_name"')
    assert "Expected" not in steps[1]
    assert steps[2].strip() == "print(1 + 1)"


def test_the_complete_script_ends_with_its_code() -> None:
    script = us_script(US_PAGE)
    assert script.startswith("#!/usr/bin/env python3\n")
    assert script.rstrip().endswith("main()")


def test_a_setting_gets_another_value_and_nothing_else_changes() -> None:
    script = us_script(US_PAGE)
    assert with_values(script, {"NAME": "me"}) == script.replace("your_name", "me")


def test_a_setting_that_the_page_does_not_have_is_an_error() -> None:
    with pytest.raises(PageFailed, match="HOST"):
        with_values(us_script(US_PAGE), {"HOST": "localhost"})


def test_a_folder_without_the_pages_is_skipped_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    assert main(folder) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("pages: skipped")
