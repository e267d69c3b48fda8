"""The sync twin of async source."""

from textwrap import dedent

import pytest

from codegen.twin import sync_name, sync_prose, sync_source


def twin(source: str) -> str:
    """Return the twin of an indented source; it compiles, and is its own twin."""
    made = sync_source(dedent(source))
    compile(made, "twin.py", "exec")
    assert sync_source(made) == made
    return made


def expect(source: str, wanted: str) -> None:
    assert twin(source) == dedent(wanted)


def test_functions_with_and_for() -> None:
    expect(
        """\
        class AsyncThing:
            async def run(self):
                async with self.lock as lock, self.other:
                    async for one in self.items():
                        await one.go()
                    else:
                        pass

            async  def spaced(self): ...
        """,
        """\
        class Thing:
            def run(self):
                with self.lock as lock, self.other:
                    for one in self.items():
                        one.go()
                    else:
                        pass

            def spaced(self): ...
        """,
    )


def test_await_in_every_position() -> None:
    expect(
        """\
        async def run(a, b):
            await a()
            x = await a()
            x, y = await a(), await b()
            z = (await a()).b[await b()]
            if await a() and not await b():
                return await a()
            call(await a(), key=await b(), *await a(), **await b())
            async with await a() as c:
                pass
            one = [await i for i in x]
            two = {await i: await j async for i, j in x if await i}
            three = (i async for i in x)
            x += -await a() ** 2
            yield await a()
            raise await b() from await a()
        """,
        """\
        def run(a, b):
            a()
            x = a()
            x, y = a(), b()
            z = (a()).b[b()]
            if a() and not b():
                return a()
            call(a(), key=b(), *a(), **b())
            with a() as c:
                pass
            one = [i for i in x]
            two = {i: j for i, j in x if i}
            three = (i for i in x)
            x += -a() ** 2
            yield a()
            raise b() from a()
        """,
    )


def test_await_across_lines() -> None:
    made = twin(
        """\
        async def run(a, b):
            x = (
                await
                a(
                    await b(),  # the b of it
                )
            )
            y = await \\
                a(1)
            await (
                a()
            )
            z = [
                await i
                async for i in x
            ]
            return x
        """
    )

    assert "await" not in made
    assert "async" not in made
    assert made.count("\n") == 17
    assert "            b(),  # the b of it\n" in made
    assert "        i\n        for i in x\n" in made


def test_names() -> None:
    expect(
        """\
        from collections.abc import AsyncIterator
        from package._async.things import AsyncThings, MyAsyncThing
        from package._http._async import AsyncTransport as _AsyncTransport

        class AsyncThing(AsyncThings):
            async def __aenter__(self): await self.aclose()
            async def __aexit__(self, *error): raise StopAsyncIteration
            def __aiter__(self) -> AsyncIterator[int]: return aread_file(self.asyncio, Async)
            async def __anext__(self): asynchronous = Asynchronous = self.aiter_bytes
        """,
        """\
        from collections.abc import Iterator
        from package._sync.things import Things, MyThing
        from package._http._sync import Transport as _Transport

        class Thing(Things):
            def __enter__(self): self.close()
            def __exit__(self, *error): raise StopIteration
            def __iter__(self) -> Iterator[int]: return read_file(self.asyncio, Async)
            def __next__(self): synchronous = Asynchronous = self.iter_bytes
        """,
    )


def test_docstrings() -> None:
    expect(
        '''\
        """The asynchronous side, with `AsyncThing`."""

        async def run():
            r"""Run it; `aclose` ends it.

            Example:
                >>> async with AsyncThing() as thing:
                ...     async for one in thing:
                ...         print(await one.name)
                >>> async def other(): ...

            An async context manager.
            """
        ''',
        '''\
        """The synchronous side, with `Thing`."""

        def run():
            r"""Run it; `close` ends it.

            Example:
                >>> with Thing() as thing:
                ...     for one in thing:
                ...         print(one.name)
                >>> def other(): ...

            An async context manager.
            """
        ''',
    )


def test_comments_and_blank_lines_are_kept() -> None:
    expect(
        """\
        # First, before everything.


        async def run():  # like `AsyncThing.aclose`

            # Inside, before it.
            await go()  # why it waits



            # Last of the function.

        x = 1
        # At the end.
        """,
        """\
        # First, before everything.


        def run():  # like `Thing.close`

            # Inside, before it.
            go()  # why it waits



            # Last of the function.

        x = 1
        # At the end.
        """,
    )


def test_strings_follow_the_same_rules() -> None:
    expect(
        """\
        __all__ = ("AsyncThing", 'aclose', b"bytes")
        x: "AsyncThing | None" = None
        y = "enter it with async with" + 'say "await it"' + "asyncio is kept"
        z = "await"
        """,
        """\
        __all__ = ("Thing", 'close', b"bytes")
        x: "Thing | None" = None
        y = "enter it with with" + 'say "it"' + "asyncio is kept"
        z = "await"
        """,
    )


def test_f_strings_without_await() -> None:
    expect(
        '''\
        # Wide letters before it: Größe, 🎈.
        x = f"Größe 🎈 {AsyncThing.name!r:>{width}} {{braces}} {thing.aclose} {'AsyncThing'}"
        y = rf"""AsyncThing: {{{
            a["b"]
        }}} {x:{w}.{p}f}
        {x=} \\d
        """ "AsyncThing" f'{y}' F"{{"
        z = f"awaiting {awaited}"
        ''',
        '''\
        # Wide letters before it: Größe, 🎈.
        x = f"Größe 🎈 {Thing.name!r:>{width}} {{braces}} {thing.close} {'Thing'}"
        y = rf"""Thing: {{{
            a["b"]
        }}} {x:{w}.{p}f}
        {x=} \\d
        """ "Thing" f'{y}' F"{{"
        z = f"awaiting {awaited}"
        ''',
    )


@pytest.mark.parametrize(
    "text",
    [
        'f"{await a()}"',
        "f'{a:{await b()}}'",
        'f"{[i async for i in a]}"',
        'f"{[await i for i in a]}"',
        '"plain " f"{x}{await a()}"',
        'f"""\n{\nawait a()}"""',
    ],
)
def test_an_await_inside_an_f_string_is_refused(text: str) -> None:
    source = f"async def run(a, b, x):\n    x = 1\n    return {text}\n"

    with pytest.raises(ValueError, match=r"^line 3: no await inside an f-string"):
        sync_source(source)


def test_an_f_string_may_speak_of_await_and_hold_a_comprehension() -> None:
    expect('x = f"do await {[i for i in y]}"\n', 'x = f"do {[i for i in y]}"\n')


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n",
        "x = 1",
        "x = 1 # no newline",
        "if x:\n\ty = 1\n",
        "x = 1\r\ny = 2\r\n",
        'x = """a\x0cb\u2028c"""; y = 1\n',
        "x = 1 + \\\n    2\n",
        "if x:\n    if y:\n        z = 1\n\n# end\n",
        "match x:\n    case {'a': [1, *_]}:\n        type = 1\n",
        "@decorator\ndef f(a, /, b: int = 1, *, c: str) -> None: ...\n",
    ],
)
def test_what_does_not_wait_stays_as_it_is(source: str) -> None:
    assert sync_source(source) == source


def test_rules_for_single_names_and_texts() -> None:
    assert sync_name("AsyncFishjamClient") == "FishjamClient"
    assert sync_name("Asynchronous") == "Asynchronous"
    assert sync_prose("async def and async generators, AsyncClient") == (
        "def and async generators, Client"
    )
