"""Talks to models through LiteLLM's Router: several deployments, timeouts, retries. The only file that knows litellm."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bot.errors import ConfigError, ModelError
from bot.models.model import Hear, Reply
from bot.models.offline import Offline
from bot.reasons import because
from bot.types import Json, Message, ToolCall

ATTEMPTS = 3
TIMEOUT_SECONDS = 60.0  # of one call; a deployment's own `timeout` goes first
LONGEST_SECONDS = 180.0  # of one answer in all: a stream that drips must end too
COOLDOWN_SECONDS = 5.0  # a deployment that failed is left alone for so long, when there is another

OFFLINE = "baton-offline"
_OFFLINE_LIST: list[Json] = [{"model_name": "default", "litellm_params": {"model": f"{OFFLINE}/assistant"}}]

log = structlog.get_logger()


class _Deployment(BaseModel):
    model_config = ConfigDict(extra="allow")

    model_name: str
    litellm_params: dict[str, Any]
    model_info: dict[str, Any] = {}


class _RouterSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    fallbacks: list[dict[str, list[str]]] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model_list: list[_Deployment] = Field(min_length=1)
    router_settings: _RouterSettings = _RouterSettings()


class LiteLLM:
    """Models behind a Router. Build it with `open`: importing LiteLLM takes seconds, and happens in a thread."""

    def __init__(self, router: Any, litellm: Any, deployments: Sequence[Json], *, offline: bool) -> None:
        self._router = router
        self._litellm = litellm
        self._deployments = deployments
        # a server that cannot stream says `stream: false`; the Router ignores it there
        self._streams = not offline and all(d["litellm_params"].get("stream", True) for d in deployments)
        self.offline = offline
        self._failures: tuple[type[Exception], ...] = (litellm.exceptions.openai.OpenAIError, ValueError, TimeoutError)

    @staticmethod
    def groups(file: Path | None) -> frozenset[str]:
        """The model groups that a file describes; without one, the offline assistant is `default`. Raises `ConfigError`."""
        content = _read(file) if file else _File.model_validate({"model_list": _OFFLINE_LIST})
        return frozenset(deployment.model_name for deployment in content.model_list)

    @classmethod
    async def open(cls, file: Path | None, offline: Offline) -> LiteLLM:
        """Read `BATON_MODELS`, or use the offline assistant without one.

        Raises `ConfigError` with the file's name and what is wrong in it.
        """
        content = _read(file) if file else _File.model_validate({"model_list": _OFFLINE_LIST})
        return await asyncio.to_thread(_open, content, offline, file is None)

    async def complete(
        self, messages: Sequence[Message], tools: Sequence[Json], group: str = "default", hear: Hear | None = None
    ) -> Reply:
        """One answer of the group. Raises `ModelError` when no deployment gave one, after `ATTEMPTS` at most."""
        request: dict[str, Any] = {
            "model": group,
            "messages": [_wire(message) for message in messages],
            "stream": self._streams,
        }
        if tools:
            request["tools"] = list(tools)
        attempts = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(max=4),
            retry=retry_if_exception_type(self._failures),
            reraise=True,
        )
        try:
            async for attempt in attempts:
                with attempt:
                    async with asyncio.timeout(LONGEST_SECONDS):
                        return _reply(await self._once(request, hear))
        except self._failures as error:
            log.warning("no model answered", group=group, error=str(error))
            raise ModelError(because("model_silent", error=type(error).__name__)) from error
        raise AssertionError("tenacity returns or raises")

    async def _once(self, request: Mapping[str, Any], hear: Hear | None) -> Any:
        response = await self._router.acompletion(**request)
        if not hasattr(response, "__aiter__"):
            return response
        chunks, text = [], ""
        async for chunk in response:
            chunks.append(chunk)
            if hear and (more := _said(chunk)):
                text += more
                hear(text)
        return self._litellm.stream_chunk_builder(chunks, messages=request["messages"])

    def destinations(self) -> list[str]:
        """Where words go, for each deployment: its group, its model and the host."""
        if self.offline:
            return ["default: embedded offline assistant, nothing leaves this machine"]
        return [
            f"{d['model_name']}: {d['litellm_params']['model']} at "
            f"{urlsplit(d['litellm_params'].get('api_base') or '').hostname or 'the provider'}"
            for d in self._deployments
        ]


def _read(file: Path) -> _File:
    try:
        return _File.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"BATON_MODELS: {file} cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"BATON_MODELS: {file} is not valid YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ConfigError(f"BATON_MODELS: {file}: " + "; ".join(lines)) from error


def _open(content: _File, offline: Offline, is_offline: bool) -> LiteLLM:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or the import asks the Internet for prices
    litellm: Any = importlib.import_module("litellm")
    importlib.import_module("litellm.responses.mcp.chat_completions_handler")  # else the first call with tools waits
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.custom_provider_map = [{"provider": OFFLINE, "custom_handler": _provider(litellm, offline)}]
    litellm.utils.custom_llm_setup()
    deployments = [deployment.model_dump() for deployment in content.model_list]
    for deployment in deployments:  # said here and not to the Router, it spares a deployment that has no alternative
        deployment["model_info"].setdefault("allowed_fails", 0)
    if not any(deployment["model_name"] == "default" for deployment in deployments):
        raise ConfigError("BATON_MODELS: no deployment has `model_name: default`, the group that agents use")
    router = litellm.Router(
        model_list=deployments,
        fallbacks=content.router_settings.fallbacks,
        num_retries=0,  # retried here, once for all
        timeout=TIMEOUT_SECONDS,
        cooldown_time=COOLDOWN_SECONDS,
    )
    return LiteLLM(router, litellm, deployments, offline=is_offline)


def _provider(litellm: Any, offline: Offline) -> Any:
    """The offline assistant as a LiteLLM provider like any other."""

    class Provider(litellm.CustomLLM):  # type: ignore[misc]  # imported late, so untyped here
        async def acompletion(self, *_: Any, messages: Any, optional_params: Any, **__: Any) -> Any:
            message = await asyncio.to_thread(offline.reply, messages, optional_params.get("tools") or [])
            return litellm.ModelResponse(
                model=OFFLINE,
                choices=[
                    {"index": 0, "message": message, "finish_reason": "tool_calls" if message["tool_calls"] else "stop"}
                ],
            )

    return Provider()


def _wire(message: Message) -> Json:
    """A message in the OpenAI form."""
    wire: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.calls:
        wire["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.call_id:
        wire["tool_call_id"] = message.call_id
    return wire


def _clean(text: str) -> str:
    """A model's words without half characters, which nothing can store or send."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _said(chunk: Any) -> str:
    """The words that one piece of a stream adds."""
    return _clean(chunk.choices[0].delta.content or "") if chunk.choices else ""


def _reply(response: Any) -> Reply:
    """Raises `ValueError` for an answer that says nothing."""
    if response is None or not getattr(response, "choices", None):
        raise ValueError("the answer has no choices")
    message = response.choices[0].message
    calls = tuple(
        ToolCall(call.id, _clean(call.function.name or ""), _clean(call.function.arguments or ""))
        for call in message.tool_calls or ()
    )
    text = _clean(message.content or "")
    if not text.strip() and not calls:
        raise ValueError("the answer is empty")
    return Reply(text, calls, str(response.model or ""))
