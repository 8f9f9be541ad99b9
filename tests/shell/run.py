#!/usr/bin/env python3
"""Runs one transcript: tests/shell/run.py [--promote] MOONBASE FILE

A transcript is what a person sees. Each file has a folder of its own, new and empty, and these lines:

    # a comment
    # args: --app blog       the arguments of the shell that the `moonbase>` lines talk to
    # file: app.lua          a file of the folder; its lines follow, each after "| "
    moonbase> 1 + 1          an input, with lines "        … " that continue it
    2                        and what the shell answers, values and errors alike
    $ moonbase -e 1          a command for bash, `moonbase` being the program
    1                        and its output, errors included; "[exit 1]" last when it fails

All inputs up to the next command go to one shell, which starts with the first of them; "# restart"
ends it, and the next input starts another one. Times, addresses and the folder's name are replaced
in what is compared: <time>, <address>, <folder>. --promote writes what came instead of comparing.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROMPT = "moonbase> "
CONTINUATION = "        … "
BLANK = "<blank line>"  # an empty line in an answer: empty lines between blocks mean nothing
SECONDS = 60


class Block:
    """Some lines of the file that belong together: verbatim ones, a shell's dialogue, a command."""

    def __init__(self, kind: str, lines: list[str]):
        self.kind = kind
        self.lines = lines


def is_input(line: str) -> bool:
    return is_prompt(line) or line.startswith(CONTINUATION)


def is_prompt(line: str) -> bool:
    return line.startswith(PROMPT) or line == PROMPT.rstrip()


def inputs_of(block: Block) -> list[list[str]]:
    """The inputs of a dialogue, each a prompt line and the lines that continue it."""
    inputs: list[list[str]] = []
    for line in filter(is_input, block.lines):
        if is_prompt(line):
            inputs.append([])
        inputs[-1].append(line)
    return inputs


def ends_shell(block: Block) -> bool:
    return block.kind == "command" or block.lines[0] == "# restart"


def trailing_blanks(block: Block) -> list[str]:
    count = 0
    while count < len(block.lines) and not block.lines[-1 - count]:
        count += 1
    return [""] * count


def blocks_of(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    for line in lines:
        if line.startswith("$ "):
            blocks.append(Block("command", [line]))
        elif is_input(line):
            if not blocks or blocks[-1].kind != "dialogue":
                blocks.append(Block("dialogue", []))
            blocks[-1].lines.append(line)
        elif line.startswith("# ") or line.startswith("| ") or line in ("#", "|"):
            blocks.append(Block("verbatim", [line]))
        elif blocks and blocks[-1].kind != "verbatim":
            blocks[-1].lines.append(line)
        else:
            blocks.append(Block("verbatim", [line]))
    return blocks


def normalise(text: str, folder: str) -> list[str]:
    text = text.replace(folder, "<folder>")
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "<address>", text)
    text = re.sub(r"\b\d+\.\d+ ms\b", "<time>", text)
    text = re.sub(r"\b20[2-9]\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "<time>", text)
    return [line.rstrip() or BLANK for line in text.removesuffix("\n").split("\n")] if text else []


class Transcript:
    def __init__(self, program: pathlib.Path, file: pathlib.Path, folder: str):
        self.program = program
        self.folder = folder
        self.lines = file.read_text(encoding="utf-8").splitlines()
        self.args: list[str] = []
        self.writing: pathlib.Path | None = None
        drop = ("MOONBASE_APP", "DATABASE_URL", "MOONBASE_TRANSCRIPT", "LUA_PATH", "LUA_INIT")
        self.environment = {k: v for k, v in os.environ.items() if k not in drop}
        # `moonbase` for the commands, whatever the program's file is called.
        tools = pathlib.Path(folder + ".bin")
        tools.mkdir()
        (tools / "moonbase").symlink_to(program)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"

    def actual(self) -> list[str]:
        """The file's lines with the answers that the program gives now."""
        blocks = blocks_of(self.lines)
        result: list[str] = []
        while blocks:
            # What one shell, or one command, is about.
            end = next((i for i, b in enumerate(blocks) if ends_shell(b)), len(blocks))
            result += self.one_shell(blocks[:end])
            if end < len(blocks):
                result += self.answer_command(blocks[end])
            blocks = blocks[end + 1 :]
        return result

    def answer_command(self, block: Block) -> list[str]:
        if block.kind == "verbatim":
            return block.lines
        return [block.lines[0], *self.command(block.lines[0][2:]), *trailing_blanks(block)]

    def one_shell(self, blocks: list[Block]) -> list[str]:
        for block in blocks:
            if block.kind == "verbatim":
                self.directive(block.lines[0])
        inputs = [line for b in blocks if b.kind == "dialogue" for line in b.lines if is_input(line)]
        answers = iter(self.dialogue(inputs) if inputs else [])
        result: list[str] = []
        for block in blocks:
            if block.kind == "verbatim":
                result += block.lines
                continue
            for typed in inputs_of(block):
                result += next(answers, [*typed, "[the shell has ended]"])
            if block is blocks[-1]:
                result += next(answers, [])
            result += trailing_blanks(block)
        return result

    def directive(self, line: str) -> None:
        if line.startswith("# args:"):
            self.args = line.removeprefix("# args:").split()
        elif line.startswith("# file:"):
            self.writing = pathlib.Path(self.folder, line.removeprefix("# file:").strip())
            self.writing.parent.mkdir(parents=True, exist_ok=True)
            self.writing.write_text("", encoding="utf-8")
        elif line == "|" or line.startswith("| "):
            assert self.writing is not None, f"'{line}' follows no '# file:'"
            with self.writing.open("a", encoding="utf-8") as file:
                file.write(line[2:] + "\n")

    def run(self, command: list[str], text: str, more: dict[str, str]) -> tuple[str, int]:
        done = subprocess.run(
            command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=self.folder, env={**self.environment, **more}, timeout=SECONDS, check=False,
        )
        return done.stdout.decode("utf-8", "replace"), done.returncode

    def command(self, text: str) -> list[str]:
        output, code = self.run(["bash", "-c", text], "", {})
        lines = normalise(output, self.folder)
        return lines + ([f"[exit {code}]"] if code != 0 else [])

    def dialogue(self, inputs: list[str]) -> list[list[str]]:
        """What appears for each input: the input's lines, then the answer; last what is said after
        the end of the input, if anything."""
        assert len(PROMPT) == len(CONTINUATION)
        typed = "".join(line[len(PROMPT) :] + "\n" for line in inputs)
        command = [str(self.program), *self.args]
        output, code = self.run(command, typed, {"MOONBASE_TRANSCRIPT": "1"})
        lines = normalise(output, self.folder)
        first = next((i for i, line in enumerate(lines) if is_prompt(line)), len(lines))
        if first == len(lines):
            return [[inputs[0], *lines]]
        # The lines before the first prompt are the banner.
        answers: list[list[str]] = []
        for line in lines[first:]:
            if is_prompt(line):
                answers.append([])
            answers[-1].append(line)
        typed_count = sum(map(is_prompt, inputs))
        if len(answers) > typed_count:
            del answers[-1][0]
        if code != 0:
            answers[-1].append(f"[exit {code}]")
        return answers


def main() -> int:
    arguments = sys.argv[1:]
    promote = "--promote" in arguments
    arguments = [argument for argument in arguments if argument != "--promote"]
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    program, file = pathlib.Path(arguments[0]).resolve(), pathlib.Path(arguments[1])
    with tempfile.TemporaryDirectory(prefix="moonbase-") as parent:
        folder = pathlib.Path(parent).resolve() / "here"
        folder.mkdir()
        transcript = Transcript(program, file, str(folder))
        actual = transcript.actual()
    if promote:
        file.write_text("\n".join(actual) + "\n", encoding="utf-8")
        return 0
    if actual == transcript.lines:
        return 0
    expected = [line + "\n" for line in transcript.lines]
    came = [line + "\n" for line in actual]
    sys.stdout.writelines(difflib.unified_diff(expected, came, f"{file}", "what came"))
    return 1


if __name__ == "__main__":
    sys.exit(main())
