"""A tree that is put in the cache is had again with all that equality does not ask about."""

from __future__ import annotations

import pickle

from hypothesis import given

from isfdsl.syntax import ast
from tests.strategies.nodes import code_blocks


@given(block=code_blocks())
def test_a_code_block_comes_back_whole(block: ast.CodeBlock) -> None:
    again = pickle.loads(pickle.dumps(block))
    assert again == block
    assert (again.starts, again.lengths, again.source) == (block.starts, block.lengths, block.source)
    assert [type(getattr(again, a.name)) for a in type(block).__attrs_attrs__] == [
        type(getattr(block, a.name)) for a in type(block).__attrs_attrs__
    ]


def test_an_empty_code_block_comes_back_whole() -> None:
    assert pickle.loads(pickle.dumps(ast.CodeBlock())) == ast.CodeBlock()
