import { Client, Metadata, credentials } from "@grpc/grpc-js";
import type { CallOptions, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import type { JsonObject } from "@berth/protocol";
import type { House } from "../gateway.fixture.ts";
import { encodeMessage } from "./proto/encode.ts";
import type { MessageSchema } from "./proto/schema.ts";

const asIs = (bytes: Buffer): Buffer => bytes;

export interface GrpcCallOptions extends CallOptions {
  readonly metadata?: { readonly [name: string]: string | readonly string[] };
  readonly token?: string;
}

/** A client without a .proto: requests in ProtoJSON by their schema, answers as bytes. */
export class GrpcClient implements Disposable {
  readonly #client: Client;

  static async open(house: House): Promise<GrpcClient> {
    const { port } = await house.gateway.listenGrpc(0, "127.0.0.1");
    return new GrpcClient(port);
  }

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  async unary(path: string, request: Uint8Array, options: GrpcCallOptions = {}): Promise<Buffer> {
    return await new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        asIs,
        asIs,
        Buffer.from(request),
        toMetadata(options),
        options,
        (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
      );
    });
  }

  stream(path: string, request: Uint8Array, options: GrpcCallOptions = {}): ClientReadableStream<Buffer> {
    return this.#client.makeServerStreamRequest(path, asIs, asIs, Buffer.from(request), toMetadata(options), options);
  }

  /** The error of a call that must have one. */
  async refused(path: string, request: Uint8Array, options: GrpcCallOptions = {}): Promise<ServiceError> {
    try {
      await this.unary(path, request, options);
    } catch (error) {
      return error as ServiceError; // grpc-js rejects with nothing else
    }
    throw new Error(`${path} was answered`);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

export function bytesOf(schema: MessageSchema, json: object): Uint8Array {
  return encodeMessage(schema, json as JsonObject); // tests write JSON
}

function toMetadata({ metadata = {}, token }: GrpcCallOptions): Metadata {
  const all = new Metadata();
  for (const [name, values] of Object.entries(metadata)) {
    for (const value of typeof values === "string" ? [values] : values) all.add(name, value);
  }
  if (token !== undefined) all.set("authorization", `Bearer ${token}`);
  return all;
}
