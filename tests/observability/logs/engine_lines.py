"""Lines as the platform's programs write them: with a place for what somebody said, and ordinary ones.

Where a format was read: vLLM `vllm/entrypoints/logger.py` (both wordings of its request logger), TGI
`router/src/server.rs` and `router/src/logging.rs` v3.0.1, Triton `src/http_server.cc` and the vLLM backend, BentoML's
access log, Envoy Gateway `internal/xds/translator/accesslog.go` v1.9.0. Uvicorn's and structlog's are those of
our own programs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final


def _json(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _escaped(text: str) -> str:
    """A text inside a JSON text."""
    return json.dumps({"prompt": text, "temperature": 0.2})


SAYING: Final[Mapping[str, Callable[[str], str]]] = {
    "vllm, older": lambda text: (
        "INFO 07-01 10:11:12 [logger.py:42] Received request cmpl-8f14e45f: "
        f"prompt: {text!r}, params: SamplingParams(n=1, temperature=0.7, max_tokens=131072), "
        "prompt_token_ids: [128000, 9906, 11], prompt_embeds shape: None, lora_request: None."
    ),
    "vllm, details": lambda text: (
        "DEBUG 11-22 01:02:03 [logger.py:40] Request chatcmpl-8f14e45f details: "
        f"prompt: {text!r}, prompt_token_ids: [128000, 9906], prompt_embeds shape: None."
    ),
    "vllm, answer": lambda text: (
        "INFO 11-22 01:02:03 [logger.py:71] Generated response chatcmpl-8f14e45f: "
        f"output: {text!r}, output_token_ids: [5, 7], finish_reason: stop"
    ),
    "vllm, chat": lambda text: (
        "DEBUG 11-22 01:02:03 [serving_chat.py:120] request: "
        f"messages=[{{'role': 'user', 'content': {text!r}}}] model='tiny'"
    ),
    "tgi, text": lambda text: (
        "2026-11-22T01:02:03.456789Z DEBUG generate{parameters=GenerateParameters { best_of: None }}: "
        f"text_generation_router::server: router/src/server.rs:505: Input: {text}"
    ),
    "tgi, JSON": lambda text: _json(
        timestamp="2026-11-22T01:02:03.456789Z",
        level="DEBUG",
        message=f"Input: {text}",
        target="text_generation_router::server",
        spans=[{"name": "generate", "parameters": "GenerateParameters { best_of: None }"}],
    ),
    "triton, refusal": lambda text: (
        "E1122 01:02:03.456789 1 pb_stub.cc:736] \"Failed to process the request(s) for model 'tiny', message: "
        f'ValueError: prompt={text!r} is too long"'
    ),
    "ray serve": lambda text: (
        "(ServeReplica:llm:LLMServer pid=123) INFO 2026-11-22 01:02:03 llm_server.py:88 -- Received request 8f14: "
        f"prompt: {text!r}, params: None"
    ),
    "bentoml": lambda text: (
        f"2026-11-22T01:02:03+0000 [ERROR] [entry_service:llm:1] request failed: {{'inputs': {text!r}, 'top_k': 4}}"
    ),
    "fastapi, JSON": lambda text: _json(
        event="answered", level="info", prompt=text, completion=text[::-1], seconds=0.25, status=200
    ),
    "fastapi, chat": lambda text: _json(
        event="answered",
        request={
            "model": "tiny",
            "messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": text}],
        },
    ),
    "fastapi, JSON in JSON": lambda text: _json(event="answered", said=f"body was {_escaped(text)}"),
    "pydantic": lambda text: (
        f"  Input should be a valid string [type=string_type, input_value={text!r}, input_type=dict]"
    ),
    "openai client": lambda text: f"openai.BadRequestError: 400 for {_escaped(text)}",
}
"""A line of each kind about what somebody said."""


CARRYING: Final[Mapping[str, Callable[[str], str]]] = {
    "text": lambda value: f"WARNING 11-22 01:02:03 [api_server.py:71] caller {value} was refused",
    "text, at the end": lambda value: f"ERROR could not go on with {value}",
    "quoted": lambda value: f'2026-11-22T01:02:03Z  WARN router/src/http.rs:7: unknown caller "{value}", ignored',
    "python": lambda value: f"RuntimeError: {{'caller': {value!r}, 'code': 7}}",
    "JSON": lambda value: _json(event="refused", level="warning", reason=f"from {value}"),
    "JSON, deep": lambda value: _json(event="refused", detail={"tries": [{"by": value}, {"by": "nobody"}]}),
    "triton": lambda value: f"I1122 01:02:03.456789 1 http_server.cc:4685] header from {value} ignored",
    "ray serve": lambda value: f"(ServeReplica:llm:LLMServer pid=7) WARNING 2026-11-22 01:02:03 -- {value} went away",
}
"""A line of each kind that carries a value by accident."""


ORDINARY: Final = (
    "INFO 11-22 01:02:03 [logger.py:50] Received request chatcmpl-8f14e45f: params: SamplingParams(n=1, "
    "temperature=0.7, max_tokens=131072, stop=[]), lora_request: None.",
    'INFO:     10.0.3.17:53124 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
    "INFO 11-22 01:02:03 [loggers.py:127] Engine 000: Avg prompt throughput: 512.3 tokens/s, Avg generation "
    "throughput: 98.1 tokens/s, Running: 4 reqs, Waiting: 0 reqs, "
    "GPU KV cache usage: 12.5%, Prefix cache hit rate: 41.0%",
    "INFO 11-22 01:02:03 [gpu_model_runner.py:2007] Model loading took 15.2683 GiB and 41.031 seconds",
    '2026-11-22T01:02:03.456789Z  INFO text_generation_launcher: Args { model_id: "/cache/x", num_shard: Some(1) }',
    'I1122 01:02:03.456789 1 http_server.cc:4685] "Started HTTPService at 0.0.0.0:8000"',
    "2026-11-22T01:02:03+0000 [INFO] [entry_service:llm:1] 10.0.1.2:53124 (scheme=http,method=POST,path=/generate,"
    "type=application/json,length=42) (status=200,type=application/json,length=99) 12.3ms (trace=0,span=0,sampled=0)",
    "NCCL version 2.27.3+cuda12.9",
    "ip-10-0-3-17:1:42 [0] NCCL INFO Bootstrap: Using eth0:10.0.3.17<0>",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB",
    "Pulling image docker.io/vllm/vllm-openai:v0.26.0@sha256:"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "request 4b2c1f3e-9c1d-4a8e-8d1f-2a7b9c3d4e5f took 1732233600123 ns since 2026-11-22T01:02:03+00:00",
    "tokenizer: bos_token='<|begin_of_text|>', pad_token_id=128001, prompt_tokens=123456, max_tokens: 131072",
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3/dist-packages/vllm/engine/async_llm.py", line 227, in generate',
    "spot interruption notice for i-0123456789abcdef0 in us-east-1a (2 of 8 nodes)",
)
"""Lines of which nothing may be lost."""


ORDINARY_JSON: Final[tuple[dict[str, Any], ...]] = (
    {
        "event": "answered",
        "level": "info",
        "path": "/v1/search",
        "request_id": "8f14e45fceea167a5a36dedd4bea2543",
        "seconds": 0.0123,
        "status": 200,
        "timestamp": "2026-11-22T01:02:03.456789Z",
    },
    {"event": "run ended", "level": "info", "run": "nightly", "outcome": "done", "chunks": 48211, "files": 12},
    {"event": "run", "level": "info", "conditions": {"late": False, "empty": False}, "drifted": ["age"]},
    {
        "bytes_received": 512,
        "duration": 1234,
        "method": "POST",
        "response_code": 200,
        "response_flags": "-",
        "route_name": "models/tiny",
        "upstream_host": "10.0.5.9:8000",
        "x-request-id": "4b2c1f3e-9c1d-4a8e-8d1f-2a7b9c3d4e5f",
    },
)
"""Lines of JSON whose fields all stay."""
