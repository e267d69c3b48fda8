"""What schemathesis may find without the emulator being wrong, and why."""

from __future__ import annotations

from attrs import define


@define
class Allowance:
    """A finding that is not a fault.

    Attributes:
        operations: the operationIds.
        findings: the classes of schemathesis' failures.
        text: what the finding or the body of the answer says.
        reason: why this is right nevertheless.
        used: how often it was needed.
    """

    operations: tuple[str, ...]
    findings: tuple[str, ...]
    text: str
    reason: str
    used: int = 0

    def covers(self, operation: str, failure: Exception, body: str) -> bool:
        """Tell whether this is the finding that is meant."""
        return (
            operation in self.operations
            and type(failure).__name__ in self.findings
            and self.text in f"{failure}\n{body}"
        )


ALLOWANCES = (
    Allowance(
        ("validate_credentials",),
        ("IgnoredAuth", "MissingHeaderNotRejected"),
        "404",
        "Bad credentials are documented as 404 here; every other operation has 401.",
    ),
    Allowance(
        ("list_recordings",),
        ("UndefinedStatusCode",),
        "Received: 400",
        "No 400 is documented, but a filter that makes no sense must not match everything.",
    ),
    Allowance(
        ("add_peer",),
        ("RejectedPositiveData",),
        "body: 'type' is a required property",
        "The document says that the body is optional, but a peer needs a type.",
    ),
    Allowance(
        ("subscribe_tracks",),
        ("RejectedPositiveData",),
        "body: 'track_ids' is a required property",
        "The document says that the body is optional, but the tracks must be named.",
    ),
    Allowance(
        ("subscribe_peer",),
        ("RejectedPositiveData",),
        "query.peer_id: ",
        "The document says that the query may lack or be empty, but the peer must be named.",
    ),
    Allowance(
        ("create_moq_access",),
        ("RejectedPositiveData",),
        "publishPath or subscribePath must be given",
        "Access to nothing is refused; the document says so in prose only.",
    ),
    Allowance(
        ("create_moq_access",),
        ("RejectedPositiveData",),
        "is not from 1 to 604800 seconds",
        "The limits of the lifetime are documented in prose only.",
    ),
    Allowance(
        ("create_recording",),
        ("RejectedPositiveData",),
        "source goes in a form",
        "A template source without a template; the document says so in prose only.",
    ),
    Allowance(
        ("create_recording",),
        ("RejectedPositiveData",),
        "output goes in a JSON body",
        "A template without a template source; the document says so in prose only.",
    ),
    Allowance(
        ("generate_streamer_token", "generate_viewer_token"),
        ("EnsureResourceAvailability",),
        "not a livestream",
        "The room is there, but rooms of other types have no such tokens.",
    ),
    Allowance(
        ("subscribe_peer", "subscribe_tracks"),
        ("EnsureResourceAvailability",),
        "not found",
        "The peer is there; what it was to subscribe to was made up.",
    ),
    Allowance(
        ("register_output", "register_template_output"),
        ("RejectedPositiveData",),
        "an output needs video, audio or both",
        "An output of nothing; the document says so in prose only.",
    ),
    Allowance(
        ("register_output", "register_template_output", "update_output"),
        ("RejectedPositiveData",),
        "a height needs a width beside it",
        "The rule for the size of a text is documented in prose only.",
    ),
    Allowance(
        ("register_output", "register_template_output", "update_output"),
        ("RejectedPositiveData",),
        "is not from 0 to 2",
        "The limits of the volume are documented in prose only.",
    ),
    Allowance(
        ("register_output", "register_template_output"),
        ("RejectedPositiveData",),
        "is not one of [8000, 16000, 24000, 48000]",
        "The sample rates of Opus are documented in prose only.",
    ),
    Allowance(
        ("register_output", "register_template_output"),
        ("RejectedPositiveData",),
        "only one of them may be set",
        "That an output has one end condition at most is documented in prose only.",
    ),
    Allowance(
        ("update_output",),
        ("RejectedPositiveData",),
        "an update has to give the same",
        "That an update mirrors the registration is documented in prose only.",
    ),
    Allowance(
        ("register_image", "register_input", "register_output", "register_template_output"),
        ("RejectedPositiveData",),
        "is registered already",
        "An id is used once, and no 409 is documented.",
    ),
    Allowance(
        ("request_keyframe",),
        ("RejectedPositiveData",),
        "has no video",
        "An output without video has no keyframes.",
    ),
)


def is_allowed(operation: str, failure: Exception, body: str) -> bool:
    """Tell whether a finding is not a fault, and count it then."""
    for allowance in ALLOWANCES:
        if allowance.covers(operation, failure, body):
            allowance.used += 1
            return True
    return False


def print_allowances() -> None:
    """Say what was tolerated, how often, and why."""
    print("\nAllowances:")
    for allowance in ALLOWANCES:
        operations, findings = ", ".join(allowance.operations), ", ".join(allowance.findings)
        print(f"  {allowance.used:4} x {operations}: {findings}")
        print(f"         {allowance.reason}")
