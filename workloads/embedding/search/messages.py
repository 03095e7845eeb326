"""The search service's messages as they go over the wire; its OpenAPI document is made of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from workloads.embedding.records import Hit
from workloads.embedding.search.question import Answer, Mode

Value = StrictBool | StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)] | StrictStr
MOST_CONDITIONS = 32
MOST_VALUES = 256


class SearchRequest(BaseModel):
    """A question."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"query": "how do I roll back a model?", "k": 5},
                {"query": "spot interruption", "k": 10, "where": {"lang": ["en", "de"]}, "mode": "hybrid"},
            ]
        },
    )

    query: Annotated[str, Field(min_length=1, description="What to look for, in words.")]
    k: Annotated[int, Field(ge=1, description="Hits at most. The service sets a default and a maximum.")] | None = None
    where: Annotated[
        dict[str, Value | Annotated[list[Value], Field(max_length=MOST_VALUES)]],
        Field(
            max_length=MOST_CONDITIONS,
            description="Every key must equal its value, or be one of its values. `document`, `version` and `ordinal` "
            "are fields of the chunk, every other key is one of its metadata.",
        ),
    ] = {}
    mode: Annotated[
        Mode, Field(description="`vector`, or `hybrid` with the engine's keyword search where it has one.")
    ] = "vector"
    exact: Annotated[bool, Field(description="Look at every chunk instead of the index.")] = False


class FoundChunk(BaseModel):
    """A chunk that answers the question."""

    id: Annotated[str, Field(description="The same as long as text, position, model and chunker are.")]
    score: Annotated[float, Field(description="Larger is nearer; comparable within one answer.")]
    document: Annotated[str, Field(description="Where its document came from.")]
    ordinal: Annotated[int, Field(description="Which of the document's chunks, from 0.")]
    heading: Annotated[str, Field(description="Headings above it, outermost first.")]
    text: str
    metadata: dict[str, Value]

    @classmethod
    def of(cls, hit: Hit) -> FoundChunk:
        """Return a hit as it goes over the wire."""
        return cls(
            id=hit.id,
            score=hit.score,
            document=hit.document,
            ordinal=hit.ordinal,
            heading=hit.heading,
            text=hit.text,
            metadata=dict(hit.metadata),
        )


class SearchResponse(BaseModel):
    """An answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "hits": [
                        {
                            "id": "5c0d5f7e-6a3e-5d0c-8f4e-2d6a1f0f7b1a",
                            "score": 0.71,
                            "document": "docs/models.md",
                            "ordinal": 3,
                            "heading": "Models > Roll back",
                            "text": "Roll back with ...",
                            "metadata": {"format": "markdown"},
                        }
                    ],
                    "collection": "docs_all_minilm_l6_v2_53aa5117_3f2a9c1b",
                    "model": "sentence-transformers/all-MiniLM-L6-v2",
                    "revision": "53aa51172d14",
                    "live": True,
                }
            ]
        }
    )

    hits: Annotated[list[FoundChunk], Field(description="Best first; empty where nothing matches.")]
    collection: Annotated[str, Field(description="The collection that was searched.")]
    model: str
    revision: str
    live: Annotated[
        bool, Field(description="False where the index has moved on to a model that this service does not have yet.")
    ]

    @classmethod
    def of(cls, answer: Answer) -> SearchResponse:
        """Return an answer as it goes over the wire."""
        spec = answer.target.spec
        return cls(
            hits=[FoundChunk.of(hit) for hit in answer.hits],
            collection=spec.name,
            model=spec.model,
            revision=spec.revision,
            live=answer.target.live,
        )


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "The vector database can't answer now",
                    "status": 503,
                    "code": "store_unavailable",
                    "detail": "Come again; the request's id finds the reason in the service's log.",
                    "request_id": "0d9b8d0e4c5f4c0e9a55d2f5f3c1a7b2",
                }
            ]
        }
    )

    title: str
    status: int
    code: Annotated[str, Field(description="For programs; does not change.")]
    detail: str
    request_id: str
    errors: Annotated[list[dict[str, Any]], Field(description="Per field, where the request is malformed.")] = []
