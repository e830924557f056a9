"""What a program decides by when a call failed. The message is for people and may change."""

from typing import NamedTuple

from google.rpc import error_details_pb2
from grpc_status import rpc_status

# Distinguishes Evertoken's reasons from those of a proxy in between.
ERROR_DOMAIN = "evertoken.dev"


class Refusal(NamedTuple):
    """A code as in the gRPC specification, and an ErrorReason without its prefix."""

    code: str
    reason: str

    def __str__(self):
        return f"{self.code} ({self.reason})"


def refusal_of(error):
    """Reads what every error of Evertoken carries: a code and exactly one ErrorInfo.

    None: this error did not come from there.
    """
    status = rpc_status.from_call(error)
    reasons = []
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == ERROR_DOMAIN:
            reasons.append(info.reason)
    return Refusal(error.code().name, reasons[0]) if len(reasons) == 1 else None
