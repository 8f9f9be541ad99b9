#!/usr/bin/env python3
"""How long the shell takes to start with a large app: from exec to the first prompt's readiness.

    tests/bench/start.py [--build DIR] [--models N] [--runs N] [--callgrind]

Writes an app of N models (400), each with eight columns, an index, a relationship to the model
before it and one back, in twenty modules; starts `moonbase -e ""` with it, and with an app that
has no models, and prints the medians of the processor's time and of the clock. With --callgrind it
counts instructions instead: what a busy machine does not change. Prints, and judges nothing.
"""

import argparse
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODULES = 20

HEAD = """local moonbase = require 'moonbase'
app = moonbase.App 'large'
app.config.DATABASE_URI = 'sqlite://'
db = moonbase.Database(app)
"""

MODEL = """db.Model 'Thing{n}' {{
  id = db.Column{{db.Integer, primary_key = true}},
  name = db.Column{{db.String(64), nullable = false, index = true}},
  email = db.Column{{db.String(120), unique = true}},
  notes = db.Column{{db.Text}},
  price = db.Column{{db.Numeric(10, 2), default = 0}},
  is_open = db.Column{{db.Boolean, default = true}},
  made_at = db.Column{{db.DateTime}},
  before_id = db.Column{{db.Integer, db.ForeignKey 'thing{before}.id'}},
  before = db.relationship{{'Thing{before}', back_populates = 'after', remote_side = 'Thing{before}.id'}},
  after = db.relationship{{'Thing{after}', back_populates = 'before', foreign_keys = 'Thing{after}.before_id'}},
}}
"""


def write_app(folder, models):
    """An app file and its modules; the models form a ring."""
    per_module = max(1, -(-models // MODULES))
    names = []
    for begin in range(0, models, per_module):
        name = f"part{begin // per_module}"
        names.append(name)
        text = "".join(
            MODEL.format(n=n, before=(n - 1) % models, after=(n + 1) % models)
            for n in range(begin, min(begin + per_module, models)))
        (folder / f"{name}.lua").write_text(text, encoding="utf-8")
    (folder / "app.lua").write_text(HEAD + "".join(f"require '{name}'\n" for name in names),
                                    encoding="utf-8")


def start(program, folder, code):
    """Seconds of the processor and of the clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run([program, "-e", code], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    elapsed = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed


def instructions(program, folder, code):
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out",
               program, "-e", code]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    arguments.add_argument("--models", type=int, default=400)
    arguments.add_argument("--runs", type=int, default=15)
    arguments.add_argument("--callgrind", action="store_true")
    arguments.add_argument("--code", default="", help="what is run after the start")
    options = arguments.parse_args()
    program = str((options.build / "moonbase").resolve())
    print("| start with | instructions |" if options.callgrind else "| start with | processor | clock |")
    print("|---|---:|" if options.callgrind else "|---|---:|---:|")
    for models in (0, options.models):
        with tempfile.TemporaryDirectory(prefix="moonbase-") as name:
            folder = pathlib.Path(name)
            write_app(folder, models)
            if options.callgrind:
                print(f"| {models} models | {instructions(program, folder, options.code) / 1e6:.1f} million |")
                continue
            runs = [start(program, folder, options.code) for _ in range(options.runs)]
            used, elapsed = (statistics.median(column) * 1000 for column in zip(*runs))
            print(f"| {models} models | {used:.1f} ms | {elapsed:.1f} ms |")


if __name__ == "__main__":
    main()
