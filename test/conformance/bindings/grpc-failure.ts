import { decodeErrorInfo, decodeStatus } from "@a2a-js/sdk/errors/grpc";
import { BindingFailure } from "./binding-failure.ts";

/** What the SDK's errors of gRPC have. */
interface Refused {
  readonly status: number;
  readonly statusDetailsBin: Buffer;
}

/** What a call rejects with, as the other bindings have it. @throws what is no refusal. */
export function grpcFailure(error: unknown): BindingFailure {
  if (!isRefused(error)) throw error;
  const { message, details } = decodeStatus(error.statusDetailsBin);
  return new BindingFailure({
    code: error.status,
    message,
    details: details.map(({ typeUrl, value }) => ({ "@type": typeUrl, ...readDetail(typeUrl, value) })),
  });
}

function isRefused(error: unknown): error is Refused {
  return error instanceof Error && "status" in error && "statusDetailsBin" in error;
}

function readDetail(type: string, bytes: Buffer): object {
  if (type === "type.googleapis.com/google.rpc.ErrorInfo") return decodeErrorInfo(bytes);
  if (type === "type.googleapis.com/google.rpc.BadRequest") return { fieldViolations: readViolations(bytes) };
  return {};
}

/** `repeated FieldViolation field_violations = 1`; a violation's two texts have the numbers of an ErrorInfo's. */
function readViolations(bytes: Buffer): readonly object[] {
  const violations: object[] = [];
  for (let at = 0; at < bytes.length;) {
    const { length, start } = readLength(bytes, at + 1);
    const { reason: field, domain: description } = decodeErrorInfo(bytes.subarray(start, start + length));
    violations.push({ field, description });
    at = start + length;
  }
  return violations;
}

/** A varint. */
function readLength(bytes: Buffer, at: number): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let index = at; ; index += 1) {
    const byte = bytes[index] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * (index - at));
    if (byte < 0x80) return { length, start: index + 1 };
  }
}
