"""Two presses on an OPC UA server of ours, as a program: told what to do on its input, it answers on its output.

    python tests/machine.py FOLDER      a certificate and its key are read from FOLDER: server.der, server.pem

Each line in is a JSON object, each line out its answer: `{"set": {"Press-01": {"State": 2}}}` writes variables,
`{"deny": true}` refuses methods as a server does to a user without rights, `{"break": true}` lets them fail halfway,
`{"hush": true}` makes the second press's state unknown to the server, `{"journal": true}` gives the calls so far and
forgets them. Everything is set back with `{"reset": true}`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.erp import ROOT, free_port

SPACE = "urn:valmont:presses"
USER, PASSWORD = "baton", "mach1ne-s3cret"
IDLE: Mapping[str, Any] = {"State": 0, "Counter": 0, "Target": 0, "Order": "OF-16", "Finished": ["OF-15"], "Alarm": ""}


class Presses:
    """Press-01 keeps the number of its last order; so does Press-02, which cannot be stopped from outside."""

    def __init__(self) -> None:
        self.variables: dict[str, dict[str, Any]] = {}
        self.journal: list[list[Any]] = []
        self.denies = self.breaks = False

    async def serve(self, port: int, folder: Path) -> None:
        from asyncua import Server, ua

        class People:
            def get_user(self, server: Any, username: Any = None, password: Any = None, certificate: Any = None) -> Any:
                from asyncua.crypto.permission_rules import User, UserRole

                known = (username, password) == (USER, PASSWORD)
                return User(role=UserRole.User) if known else None

        self.ua = ua
        self.server = Server(user_manager=People())
        await self.server.init()
        self.server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/presses")
        await self.server.set_application_uri("urn:valmont:server")
        await self.server.load_certificate(folder / "server.der")
        await self.server.load_private_key(folder / "server.pem")
        self.server.set_security_policy(
            [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
        )
        self.space = await self.server.register_namespace(SPACE)
        for name in ("Press-01", "Press-02"):
            await self._add(name)
        await self.reset()
        await self.server.start()

    async def _add(self, name: str) -> None:
        kinds = self.ua.VariantType
        types = {"State": kinds.Int32, "Counter": kinds.Int64, "Target": kinds.Int64}
        press = await self.server.nodes.objects.add_object(self._id(name), self._named(name))
        self.variables[name] = {
            variable: await press.add_variable(
                self._id(f"{name}.{variable}"), self._named(variable), value, types.get(variable, kinds.String)
            )
            for variable, value in IDLE.items()
        }

        async def start(parent: Any, order: Any, quantity: Any) -> Any:
            return await self._start(name, order, quantity)

        async def stop(parent: Any) -> Any:
            return await self._stop(name)

        inputs = [kinds.String, kinds.UInt32]
        outputs = [kinds.Boolean, kinds.String]
        await press.add_method(self._id(f"{name}.StartOrder"), self._named("StartOrder"), start, inputs, outputs)
        await press.add_method(self._id(f"{name}.Stop"), self._named("Stop"), stop, [], [])

    def _id(self, name: str) -> Any:
        return self.ua.NodeId(name, self.space)

    def _named(self, name: str) -> Any:
        return self.ua.QualifiedName(name, self.space)

    async def _start(self, name: str, order: Any, quantity: Any) -> Any:
        if self.denies:
            return self.ua.StatusCode(self.ua.StatusCodes.BadUserAccessDenied)
        kinds = self.ua.VariantType
        if (order.VariantType, quantity.VariantType) != (kinds.String, kinds.UInt32):
            return self.ua.StatusCode(self.ua.StatusCodes.BadInvalidArgument)
        state, current = [await self.variables[name][one].read_value() for one in ("State", "Order")]
        if state == 1 and current == order.Value:
            return self._answer(True, "already running")
        if state != 0:
            return self._answer(False, "busy")
        if quantity.Value > 5000:
            return self._answer(False, "quantity out of range")
        self.journal.append([name, order.Value, quantity.Value])
        await self.set(name, Order=order.Value, Target=quantity.Value, Counter=0, State=1)
        if self.breaks:
            raise RuntimeError("the program of the press broke off")
        return self._answer(True, "started")

    async def _stop(self, name: str) -> Any:
        self.journal.append([name, "stop"])
        await self.set(name, State=0)
        return []

    def _answer(self, accepted: bool, words: str) -> Any:
        return [self.ua.Variant(accepted), self.ua.Variant(words)]

    async def set(self, name: str, **values: Any) -> None:
        for variable, value in values.items():
            node = self.variables[name][variable]
            kind = await node.read_data_type_as_variant_type()
            await node.write_value(self.ua.Variant(value, kind))

    async def reset(self) -> None:
        self.journal.clear()
        self.denies = self.breaks = False
        for name in self.variables:
            await self.set(name, **IDLE)

    async def obey(self, order: dict[str, Any]) -> Any:
        match order:
            case {"set": wanted}:
                for name, values in wanted.items():
                    await self.set(name, **values)
            case {"reset": True}:
                await self.reset()
            case {"deny": bool(denies)}:
                self.denies = denies
            case {"break": bool(breaks)}:
                self.breaks = breaks
            case {"hush": True}:
                away = self.ua.DataValue(StatusCode=self.ua.StatusCode(self.ua.StatusCodes.BadNoCommunication))
                await self.variables["Press-02"]["State"].write_value(away)
            case {"journal": True}:
                told, self.journal = self.journal, []
                return told
            case _:
                raise ValueError(order)
        return "done"


async def main(folder: Path) -> None:
    presses, port = Presses(), free_port()
    await presses.serve(port, folder)
    print(json.dumps(port), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await presses.obey(json.loads(line))), flush=True)
    await presses.server.stop()


class Plant:
    """The program, as tests use it."""

    def __init__(self, folder: Path, running: subprocess.Popen[str]) -> None:
        self.folder, self._running = folder, running
        self.port = int(self._heard())

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/presses"

    def tell(self, **order: Any) -> Any:
        assert self._running.stdin
        self._running.stdin.write(json.dumps(order) + "\n")
        self._running.stdin.flush()
        return self._heard()

    def journal(self) -> list[list[Any]]:
        """What the presses were made to do since the last look."""
        found: list[list[Any]] = self.tell(journal=True)
        return found

    def _heard(self) -> Any:
        assert self._running.stdout
        line = self._running.stdout.readline()
        assert line, (self.folder / "machine.log").read_text()
        return json.loads(line)


def certificate(folder: Path, name: str, uri: str) -> None:
    """Make `NAME.der` and `NAME.pem`, as docs/connectors.md says."""
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -outform der".split()
    extensions = [
        f"subjectAltName=URI:{uri},DNS:localhost",
        "keyUsage=digitalSignature,keyEncipherment,dataEncipherment,nonRepudiation,keyCertSign",
        "extendedKeyUsage=clientAuth,serverAuth",
    ]
    for one in extensions:
        command += ["-addext", one]
    files = ["-keyout", str(folder / f"{name}.pem"), "-out", str(folder / f"{name}.der")]
    subprocess.run([*command, *files], check=True, capture_output=True)


@contextmanager
def running(folder: Path) -> Iterator[Plant]:
    """The server, from `folder`; it needs some seconds to start."""
    certificate(folder, "server", "urn:valmont:server")
    command = [sys.executable, "-m", "tests.machine", str(folder)]
    with (folder / "machine.log").open("w") as log:
        program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
        )
    try:
        yield Plant(folder, program)
    finally:
        program.kill()
        program.communicate()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
