"""TCK 0.3 reads the address of the gRPC interface as a URL; a gRPC client takes host:port, which our cards say."""


def pytest_configure(config):
    from tck.transport import grpc_client

    parse = grpc_client.urlparse
    grpc_client.urlparse = lambda url: parse(url if "://" in url else f"grpc://{url}")
