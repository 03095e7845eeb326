"""What Alertmanager writes to SNS: a notification that Amazon Q Developer shows in a chat channel.

Anything else it drops without a word: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
Pagers and mailboxes get the same document.
"""

from __future__ import annotations

from typing import Final

MOST_ALERTS: Final = 15
"""Of one notification. A description holds 8,000 characters at most; the others are counted."""


def subject(severity: str) -> str:
    """Return the subject of a message, which SNS limits to 100 characters of ASCII."""
    alert, cluster = '{{ printf "%.40s" .CommonLabels.alertname }}', '{{ printf "%.30s" . }}'
    return f"{{{{ .Status }}}} {severity}: {alert}{{{{ with .CommonLabels.cluster }}}} in {cluster}{{{{ end }}}}"


def message(runbooks: str) -> str:
    """Return the template of a message; `runbooks` is the address before a runbook's path."""
    title = _text('printf "%s %s: %s" .Status .CommonLabels.severity .CommonLabels.alertname')
    cluster = "{{ with .CommonLabels.cluster }} in " + _text(".") + "{{ end }}"
    runbook = _text("." if not runbooks else f'printf "%s/%s" "{runbooks.rstrip("/")}" .')
    return "".join(
        (
            '{"version": "1.0", "source": "custom", "content": {"textType": "client-markdown", ',
            f'"title": "{title}{cluster}", ',
            f'"description": "{_description()}", ',
            '"nextSteps": ["',
            "{{ with .CommonAnnotations.runbook }}" + runbook + "{{ end }}",
            "{{ with .CommonAnnotations.runbook_url }}" + _text(".") + "{{ end }}",
            '"]}, "metadata": {',
            # Everything about one group of alerts stands in one thread.
            f'"threadId": "{_text(_THREAD)}", ',
            f'"summary": "{_text(".CommonLabels.alertname")}"',
            "}}",
        )
    )


_THREAD: Final = 'printf "%.200s" (.GroupLabels.Values | join "/")'


def _description() -> str:
    """Return the template of the alerts themselves, a line or two each."""
    summary = _text('printf "%.300s" .Annotations.summary')
    description = _text('printf "%.200s" .')
    return "".join(
        (
            "{{ range $index, $alert := .Alerts }}",
            f"{{{{ if lt $index {MOST_ALERTS} }}}}",
            "{{ with $alert }}",
            f"• {summary}\\n",
            "{{ with .Annotations.description }}  " + description + "\\n{{ end }}",
            "{{ end }}{{ end }}{{ end }}",
            f"{{{{ if gt (len .Alerts) {MOST_ALERTS} }}}}… {{{{ len .Alerts }}}} in all{{{{ end }}}}",
        )
    )


def _text(value: str) -> str:
    """Return what writes a value between the quotes of JSON: Go quotes as JSON does, but for its own two quotes."""
    return f'{{{{ {value} | printf "%q" | reReplaceAll "^\\"|\\"$" "" }}}}'
