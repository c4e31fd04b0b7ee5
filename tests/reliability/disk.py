"""What a disk may hold after a power cut: worked out from a log of the file calls before it.

What was written and not flushed may be there, in part, as zeros, or not at all; a name that was
made, moved or removed counts only when its folder was flushed. A second, kinder disk has a journal:
names change in their order, and whatever is flushed takes the earlier changes of names along."""

import os
import shutil

from runs import files_in

FOLDER = "folder"


class File:
    """Contents that are safe, and changes since."""

    def __init__(self, safe=b""):
        self.safe = bytearray(safe)
        self.pending = []  # (offset, bytes) or (size, None) for a cut
        self.size = len(safe)

    def write(self, offset, data):
        self.pending.append((offset, data))
        self.size = max(self.size, offset + len(data))

    def cut(self, size):
        self.pending.append((size, None))
        self.size = size

    def flush(self):
        for change in self.pending:
            apply(self.safe, change)
        self.pending = []

    def after_cut(self, rng):
        """One of the contents that the disk may hold."""
        held = bytearray(self.safe)
        if not self.pending:
            return bytes(held)
        kept = rng.randint(0, len(self.pending))
        for change in self.pending[:kept]:
            apply(held, change)
        if kept < len(self.pending) and self.pending[kept][1]:
            offset, data = self.pending[kept]
            apply(held, (offset, damaged(data, rng)))
        return bytes(held)


def apply(held, change):
    at, data = change
    if data is None:
        del held[at:]
        return
    if len(held) < at:
        held.extend(bytes(at - len(held)))
    held[at:at + len(data)] = data


def damaged(data, rng):
    """Bytes that were on their way: some came, some are zeros, the end is missing."""
    came = rng.randint(0, len(data))
    how = rng.randrange(3)
    if how == 0:
        return data[:came]
    if how == 1:
        return bytes(len(data))
    return data[:came] + bytes(len(data) - came)


class Disk:
    """Follows the calls of one process that works in `folder`."""

    def __init__(self, folder, has_journal):
        self.folder = folder
        self.has_journal = has_journal
        self.safe = {}  # path -> File or FOLDER, as it would be found
        for where, names, _ in os.walk(folder):
            for name in names:
                self.safe[os.path.relpath(os.path.join(where, name), folder)] = FOLDER
        self.safe |= {name: File(data) for name, data in files_in(folder).items()}
        self.now = dict(self.safe)  # as programs see it
        self.pending = []  # changes of names: (folder, function on a dictionary of names, paths)
        self.open = {}  # descriptor -> (File or path of a folder, whether it appends, position)

    def path(self, text):
        path = os.path.normpath(os.path.join(self.folder, text))
        inside = os.path.relpath(path, self.folder)
        return None if inside.startswith("..") else inside

    def change(self, paths, function):
        function(self.now)
        self.pending.append((os.path.dirname(paths[-1]), function, paths))

    def follow(self, call):
        if call.result < 0:
            return
        handler = getattr(self, "on_" + call.name, None)
        if handler:
            handler(call)

    def on_open(self, call):
        flags, path = int(call.arguments[0]), self.path(call.arguments[1])
        self.open.pop(call.result, None)
        if path is None:
            return
        if path not in self.now and flags & os.O_CREAT:
            self.change([path], lambda names, file=File(), path=path: names.__setitem__(path, file))
        entry = self.now.get(path)
        if isinstance(entry, File):
            if flags & os.O_TRUNC:
                entry.cut(0)
            self.open[call.result] = [entry, bool(flags & os.O_APPEND), 0]
        elif entry == FOLDER or path == ".":
            self.open[call.result] = ["" if path == "." else path, False, 0]

    def on_close(self, call):
        self.open.pop(int(call.arguments[0]), None)

    def on_write(self, call):
        opened = self.open.get(int(call.arguments[0]))
        if not opened:
            return
        file, appends, position = opened
        offset = int(call.arguments[1])
        if offset < 0:
            offset = file.size if appends else position
            opened[2] = offset + len(call.data)
        file.write(offset, call.data)

    def on_ftruncate(self, call):
        opened = self.open.get(int(call.arguments[0]))
        if opened:
            opened[0].cut(int(call.arguments[1]))

    on_ftruncate64 = on_ftruncate

    def on_fsync(self, call):
        opened = self.open.get(int(call.arguments[0]))
        if not opened:
            return
        if isinstance(opened[0], File):
            opened[0].flush()
        self.flush_names(lambda folder: self.has_journal or folder == opened[0])

    on_fdatasync = on_fsync

    def flush_names(self, is_flushed):
        waiting = []
        for change in self.pending:
            if is_flushed(change[0]):
                change[1](self.safe)
            else:
                waiting.append(change)
        self.pending = waiting

    def on_rename(self, call):
        old, new = self.path(call.arguments[0]), self.path(call.arguments[1])
        if old is None or new is None:
            return
        entry = self.now[old]

        def move(names):
            names.pop(old, None)
            names[new] = entry

        self.change([old, new], move)

    def on_mkdir(self, call):
        path = self.path(call.arguments[0])
        if path:
            self.change([path], lambda names: names.__setitem__(path, FOLDER))

    def on_unlink(self, call):
        path = self.path(call.arguments[0])
        if path:
            self.change([path], lambda names: names.pop(path, None))

    on_rmdir = on_remove = on_unlink

    def is_safe(self, path):
        """Whether it is there with all of its contents, whatever happens."""
        entry = self.safe.get(path)
        if path in ("", "."):
            return True
        has_plans = any(path in paths for _, _, paths in self.pending)
        whole = entry == FOLDER or (isinstance(entry, File) and not entry.pending)
        return whole and not has_plans and self.is_safe(os.path.dirname(path))

    def after_cut(self, rng):
        """Paths and contents of one state that may be found; None for a folder."""
        names = dict(self.safe)
        kept = rng.randint(0, len(self.pending)) if self.has_journal else None
        for at, (_, function, _) in enumerate(self.pending):
            if at < kept if self.has_journal else rng.random() < 0.5:
                function(names)
        found = {}
        for path in sorted(names):
            above = os.path.dirname(path)
            if above == "" or above in found:
                found[path] = None if names[path] == FOLDER else names[path].after_cut(rng)
        return found


def put(state, folder):
    """Writes a state in place of what is in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for path, data in state.items():
        target = os.path.join(folder, path)
        if data is None:
            os.makedirs(target)
        else:
            with open(target, "wb") as stream:
                stream.write(data)
