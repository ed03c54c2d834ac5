import { setTimeout as delay } from "node:timers/promises";
import { Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import type {
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedHandleCall,
  sendUnaryData,
} from "@grpc/grpc-js";
import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { admitCall } from "../a2a/admit-call.ts";
import { EXTENSIONS_HEADER } from "../a2a/extensions.ts";
import type { AnyCall } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { addressedAgent } from "./addressed-agent.ts";
import { authenticateGrpc } from "./authenticate-grpc.ts";
import { GrpcExchange } from "./grpc-exchange.ts";
import type { GrpcService, StreamMethod, UnaryMethod } from "./grpc-method.ts";
import { GrpcStream } from "./grpc-stream.ts";
import type { FinalStatus } from "./grpc-stream.ts";
import { decodeMessage } from "./proto/decode.ts";
import { encodeMessage } from "./proto/encode.ts";
import { toServiceError } from "./service-error.ts";
import { SERVICE_V03 } from "./service-v03.ts";
import { SERVICE_V1 } from "./service-v1.ts";

/** Life: 1. `listen`, once; 2. `close`, once. */
export interface GrpcServer {
  /** Port 0 picks one. */
  listen(port: number, host: string): Promise<{ readonly port: number }>;
  /** As the gateway's: no new calls, streams end, the others may finish for `graceMs`. Twice is harmless. */
  close(graceMs: number): Promise<void>;
}

/** A2A 1.0 and 0.3 in gRPC: over plain HTTP/2, for what is in front of it to encrypt, or over TLS. Client certificates are not asked for. */
export function createGrpcServer(edge: Edge, tls?: ServerTls): GrpcServer {
  return new A2aGrpcServer(edge, tls);
}

export interface ServerTls {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const MAX_CALLS_PER_CONNECTION = 256;
/** Two frames' worth, so that the source works while the network does. */
const STREAM_HIGH_WATER_BYTES = 64 * 1024;
/** How long the answers of interrupted calls may take before their connections are cut. */
const LAST_WORDS_MS = 500;

interface OpenCall {
  readonly a2a: AnyCall;
  readonly request: JsonObject;
  /** What goes out before the answer. */
  readonly header: Metadata;
}

class A2aGrpcServer implements GrpcServer {
  readonly #edge: Edge;
  readonly #server: Server;
  readonly #credentials: ServerCredentials;
  readonly #active = new Set<GrpcExchange>();
  #onIdle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(edge: Edge, tls: ServerTls | undefined) {
    this.#credentials = toCredentials(tls);
    const { maxBodyBytes, heartbeatMs, streamStallMs } = edge.limits;
    this.#edge = edge;
    this.#server = new Server({
      "grpc.max_receive_message_length": maxBodyBytes,
      "grpc.max_concurrent_streams": MAX_CALLS_PER_CONNECTION,
      "grpc.keepalive_time_ms": heartbeatMs,
      "grpc.keepalive_timeout_ms": streamStallMs,
    });
    for (const service of [SERVICE_V1, SERVICE_V03]) {
      this.#server.addService(toDefinition(service), this.#handlers(service));
    }
  }

  async listen(port: number, host: string): Promise<{ readonly port: number }> {
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    return await new Promise((resolve, reject) => {
      this.#server.bindAsync(address, this.#credentials, (error, bound) =>
        error === null ? resolve({ port: bound }) : reject(error),
      );
    });
  }

  async close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    await this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    this.#edge.streams.close();
    await this.#idle(graceMs);
    for (const exchange of this.#active) exchange.interrupt();
    await Promise.race([stopped, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    this.#server.forceShutdown();
    await stopped;
  }

  async #idle(timeoutMs: number): Promise<void> {
    if (this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onIdle = undefined;
  }

  #handlers(service: GrpcService): { readonly [name: string]: UntypedHandleCall } {
    return Object.fromEntries(
      service.methods.map((method): [string, UntypedHandleCall] => [
        method.name,
        method.kind === "unary"
          ? (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
              void this.#unary(service, method, call, callback)
          : (call: ServerWritableStream<Buffer, Buffer>) => void this.#stream(service, method, call),
      ]),
    );
  }

  async #unary(
    service: GrpcService,
    method: UnaryMethod,
    call: ServerUnaryCall<Buffer, Buffer>,
    callback: sendUnaryData<Buffer>,
  ): Promise<void> {
    const exchange = this.#begin(call);
    try {
      const { a2a, request, header } = await this.#open(service, method, exchange, call.request);
      const result = await method.run(a2a, request);
      call.sendMetadata(header);
      // What a method gives is its response's ProtoJSON; nothing is Empty.
      callback(null, toBytes(method, (result ?? {}) as JsonObject));
    } catch (thrown) {
      callback(this.#status(service, exchange, thrown));
    } finally {
      this.#end(exchange);
    }
  }

  async #stream(service: GrpcService, method: StreamMethod, call: ServerWritableStream<Buffer, Buffer>): Promise<void> {
    const exchange = this.#begin(call);
    const fail = (thrown: unknown): FinalStatus => this.#status(service, exchange, thrown);
    const options = {
      stallMs: this.#edge.limits.streamStallMs,
      highWaterBytes: STREAM_HIGH_WATER_BYTES,
      stopped: () => fail(stopping()),
      stalled: () => fail(new PlatformError("TIMED_OUT", "The stream was not read.")),
    };
    const stream = new GrpcStream(call, options, exchange.closed);
    try {
      const { a2a, request, header } = await this.#open(service, method, exchange, call.request);
      const openFrames = await method.run(a2a, request);
      this.#edge.streams.add(stream);
      call.sendMetadata(header);
      for await (const { frame } of openFrames(stream.signal)) {
        if (stream.signal.aborted) break;
        stream.send(toBytes(method, method.encodeFrame(frame)));
        await stream.drained();
      }
      await stream.finish();
    } catch (thrown) {
      if (!stream.signal.aborted) stream.fail(fail(thrown));
    } finally {
      this.#end(exchange);
    }
  }

  /** Steps before any method: 1. do we still serve; 2. what is asked; 3. of which agent; 4. who asks, as that agent takes it; 5. as any call. */
  async #open(
    { version }: GrpcService,
    { request: schema }: UnaryMethod | StreamMethod,
    exchange: GrpcExchange,
    bytes: Buffer,
  ): Promise<OpenCall> {
    if (this.#closed !== undefined) throw stopping();
    const request = decodeMessage(schema, bytes, this.#edge.limits.maxJsonDepth);
    const agent = addressedAgent(this.#edge, exchange, request);
    exchange.principal = await authenticateGrpc(exchange, this.#edge, agent);
    await this.#edge.control.limits.admit(exchange, "read");
    const a2a = { edge: this.#edge, exchange, agent, version };
    const active = await admitCall(a2a, version);
    const header = new Metadata();
    if (active.length > 0) header.set(EXTENSIONS_HEADER[version], active.join(", "));
    return { a2a, request, header };
  }

  #begin(call: ServerUnaryCall<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>): GrpcExchange {
    const exchange = new GrpcExchange(call, this.#edge.ids("request"));
    this.#active.add(exchange);
    return exchange;
  }

  #end(exchange: GrpcExchange): void {
    exchange.span?.end();
    this.#active.delete(exchange);
    if (this.#active.size === 0) this.#onIdle?.();
  }

  #status({ version }: GrpcService, exchange: GrpcExchange, thrown: unknown): FinalStatus {
    return toServiceError(toPlatformError(thrown, exchange, this.#edge.log), exchange, version);
  }
}

function toCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(null, [pair], false);
}

/** Messages stay bytes for grpc-js: what is in them is decoded where an error can be answered as such. */
function toDefinition({ name: service, methods }: GrpcService): ServiceDefinition {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return Object.fromEntries(
    methods.map(({ name, kind }) => [
      name,
      {
        path: `/${service}/${name}`,
        requestStream: false,
        responseStream: kind === "stream",
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    ]),
  );
}

function toBytes({ response }: UnaryMethod | StreamMethod, json: JsonObject): Buffer {
  const { buffer, byteOffset, byteLength } = encodeMessage(response, json);
  return Buffer.from(buffer, byteOffset, byteLength);
}

function stopping(): PlatformError {
  return new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });
}
