"""Reads what an RPC's error says."""

import contextlib

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


class Raised:
    code = None
    details = None
    reason = None
    retry_after = None

    def read(self, error):
        self.code, self.details = error.code(), error.details()
        infos = []
        for detail in rpc_status.from_call(error).details:
            info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                infos.append(info)
            if detail.Unpack(retry):
                self.retry_after = retry.retry_delay.ToTimedelta()
        if len(infos) != 1 or infos[0].domain != "evertoken.dev":
            raise AssertionError(f"not exactly one ErrorInfo of ours: {infos}") from error
        self.reason = infos[0].reason
        return self


@contextlib.contextmanager
def rpc_error():
    """Expects the block's RPC to fail, and tells how: `code`, `reason`, `retry_after`."""
    raised = Raised()
    try:
        yield raised
    except grpc.RpcError as error:
        raised.read(error)
    else:
        raise AssertionError("the call succeeded")
