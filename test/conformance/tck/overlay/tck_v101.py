"""Sets the TCK's expectations to the error table of A2A 1.0.1 (section 5.4); the kit asserts that of 1.0.0."""


def pytest_configure(config):
    from tck.requirements import base, registry

    statuses = {
        "TASK_NOT_CANCELABLE_ERROR": ("http_status", 400),
        "CONTENT_TYPE_NOT_SUPPORTED_ERROR": ("http_status", 400),
        "INVALID_AGENT_RESPONSE_ERROR": ("http_status", 500),
        "PUSH_NOTIFICATION_NOT_SUPPORTED_ERROR": ("grpc_status", "FAILED_PRECONDITION"),
        "UNSUPPORTED_OPERATION_ERROR": ("grpc_status", "FAILED_PRECONDITION"),
        "VERSION_NOT_SUPPORTED_ERROR": ("grpc_status", "FAILED_PRECONDITION"),
    }
    for name, (attribute, value) in statuses.items():
        object.__setattr__(getattr(base, name), attribute, value)
    object.__setattr__(
        registry.get_requirement_by_id("CORE-SEND-003"), "expected_error", base.CONTENT_TYPE_NOT_SUPPORTED_ERROR
    )
