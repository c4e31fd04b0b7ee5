"""Runs the program as a user would, watched: exit code, output, time and memory."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

# As documented in chainrule --help; 70 is an error of the program's own and never right.
FINE, CHECK_FAILED, USAGE, DATA, DIVERGED, INTERRUPTED = 0, 1, 2, 3, 4, 130
DOCUMENTED = (FINE, CHECK_FAILED, USAGE, DATA, DIVERGED, INTERRUPTED)
MOST_SECONDS = 20
MOST_MEMORY = 1 << 30

# What a library says of itself is no message to a user.
UNCLEAR = ("std::", "basic_string", "what()", "terminate", "filesystem error", "AddressSanitizer",
           "runtime error", "Assertion", "vector::", "json.exception")


@dataclass
class Outcome:
    code: int = 0  # 128 + the signal that ended it, as a shell says
    out: str = ""
    err: str = ""
    memory: int = 0
    hung: bool = False

    @property
    def killed(self):
        return self.code == 128 + signal.SIGKILL

    def complaints(self):
        return [line for line in self.err.splitlines() if line.startswith("chainrule:")]

    def faults(self, documented=DOCUMENTED):
        """What is wrong with it whatever was asked: no end, a crash, no clear line."""
        said = shortened(self.err)
        if self.hung:
            return [f"does not end within {MOST_SECONDS} s"]
        if self.memory > MOST_MEMORY:
            return [f"takes {self.memory >> 20} MB"]
        if self.code not in documented:
            return [f"ends with code {self.code}: {said}"]
        faults = []
        if any(word in self.err for word in UNCLEAR):
            faults.append(f"says nothing clear: {said}")
        if self.code in (USAGE, DATA) and len(self.complaints()) != 1:
            faults.append(f"ends with code {self.code} and {len(self.complaints())} lines that "
                          f"say why: {said}")
        return faults


def shortened(text, most=300):
    """On one line; what stands in brackets at the end stays."""
    text = " | ".join(line.strip() for line in text.strip().splitlines())
    return text if len(text) <= most else f"{text[:most - 100]} ... {text[-100:]}"


class Process:
    """A program that runs; `finish` waits for it, and may change what has come of it."""

    def __init__(self, arguments, folder, environment=None, closed=(), out=None, after=None):
        self.after = after
        self.files = [os.memfd_create(name, 0) for name in ("out", "err")]
        redirections = "".join(f" {number}>&-" for number in closed)
        command = arguments
        if closed:  # a shell closes them as users do
            command = ["/bin/sh", "-c", 'exec "$@"' + redirections, "sh", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out or self.files[0],
            stderr=self.files[1], env={**os.environ, "NO_COLOR": "1", **(environment or {})})
        self.id = self.process.pid

    def kill(self, what=signal.SIGKILL):
        try:
            os.kill(self.id, what)
        except ProcessLookupError:
            pass

    def wait_until_stopped(self):
        """By SIGSTOP; false if it has ended instead, or takes too long."""
        for _ in range(1000 * MOST_SECONDS):
            status = os.waitid(os.P_PID, self.id,
                               os.WSTOPPED | os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if status:
                return status.si_code == os.CLD_STOPPED
            time.sleep(0.001)
        return False

    def finish(self, timeout=MOST_SECONDS):
        hung = []

        def end():
            hung.append(True)
            self.kill()

        timer = threading.Timer(timeout, end)
        timer.start()
        _, status, usage = os.wait4(self.id, 0)
        timer.cancel()
        code = os.waitstatus_to_exitcode(status)
        self.process.returncode = code
        texts = []
        for file in self.files:
            os.lseek(file, 0, os.SEEK_SET)
            with os.fdopen(file, "rb") as stream:
                texts.append(stream.read().decode("utf-8", "backslashreplace"))
        outcome = Outcome(code if code >= 0 else 128 - code, *texts, usage.ru_maxrss * 1024,
                          bool(hung))
        if self.after:
            self.after(outcome)
        return outcome


class Program:
    """The program under test, with the library that stands between it and its file calls."""

    def __init__(self, path, work, after=None):
        """`after` is called with arguments, folder and outcome of every process: for sabotage."""
        self.after = after
        self.path = os.path.abspath(path)
        self.interposer = build_interposer(work)

    def start(self, arguments, folder, calls=None, log=None, **how):
        """`calls`: what happens to its file calls, see interpose.c."""
        environment = {}
        if calls or log:
            environment = {"LD_PRELOAD": self.interposer, "FILE_CALLS": calls or "count"}
        if log:
            environment["FILE_CALLS_LOG"] = log
        after = (lambda outcome: self.after(arguments, folder, outcome)) if self.after else None
        return Process([self.path, *map(str, arguments)], folder, environment, after=after, **how)

    def run(self, arguments, folder, **how):
        return self.start(arguments, folder, **how).finish()

    def must(self, arguments, folder, codes=(FINE,), **how):
        """For what has to succeed before a campaign can begin."""
        outcome = self.run(arguments, folder, **how)
        if outcome.code not in codes:
            raise SystemExit(f"reliability: {self.path} {' '.join(map(str, arguments))}: code "
                             f"{outcome.code}: {shortened(outcome.err)}")
        return outcome

    def knows(self, command):
        return "no subcommand" not in self.run([command], ".").err

    def file_calls(self, arguments, folder, log, **how):
        """The names of its file calls in their order, with their first argument's text."""
        self.must(arguments, folder, log=log, **how)
        return [(call.name, call.arguments) for call in read_log(log)]


def build_interposer(work):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "interpose.c")
    library = os.path.join(work, "interpose.so")
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-Wall", "-Wextra", "-fPIC", "-shared",
                    "-o", library, source, "-ldl"], check=True)
    return library


@dataclass
class Call:
    number: int
    name: str
    result: int
    arguments: list
    data: bytes = b""  # what a write has written


def read_log(path):
    """The calls that interpose.c has written down."""
    with open(path, "rb") as stream:
        log = stream.read()
    calls, at = [], 0
    while at < len(log):
        end = log.index(b"\n", at)
        number, name, result, *arguments = log[at:end].decode().split("\t")
        call = Call(int(number), name, int(result), arguments)
        at = end + 1
        if name == "write" and call.result > 0:
            call.data = log[at:at + call.result]
            at += call.result
        calls.append(call)
    return calls
