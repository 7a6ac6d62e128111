"""A metrics service of grpcio with the official protos: writes each request to a file, as a line of OTLP/JSON.

Arguments: the file. It names its port on standard error once it listens.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as messages
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as services


class MetricsService(services.MetricsServiceServicer):
    def Export(self, request, context):
        size = request.ByteSize()
        request.DiscardUnknownFields()
        if request.ByteSize() != size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request has fields that the protos do not have")
        received.write(MessageToJson(request, indent=None) + "\n")
        received.flush()
        return messages.ExportMetricsServiceResponse()


with open(sys.argv[1], "w") as received:
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    services.add_MetricsServiceServicer_to_server(MetricsService(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listens on {port}", file=sys.stderr, flush=True)
    server.wait_for_termination()
