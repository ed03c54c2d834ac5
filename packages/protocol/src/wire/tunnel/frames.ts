/** Of the protocol between the platform and a developer's machine; both sides name it in their first frame. */
export const TUNNEL_VERSION = 1;
/** The WebSocket subprotocol that carries it. */
export const TUNNEL_SUBPROTOCOL = "berth.attach.v1";

/** Bounds that both sides keep, and hold each other to. */
export const TUNNEL_LIMITS: {
  readonly frameBytes: number;
  readonly chunkBytes: number;
  readonly windowBytes: number;
  readonly streams: number;
  readonly pathLength: number;
  readonly headers: number;
  readonly headerLength: number;
  readonly logLines: number;
  readonly lineLength: number;
} = {
  /** A text frame: a card of 1 MiB and what is around it. */
  frameBytes: 2 * 1024 * 1024,
  /** The bytes that one binary frame carries. */
  chunkBytes: 64 * 1024,
  /** Bytes that may be on their way on one exchange, per direction, before the reader has taken some. */
  windowBytes: 256 * 1024,
  /** Exchanges that one side has open at once. */
  streams: 128,
  pathLength: 8 * 1024,
  headers: 100,
  headerLength: 16 * 1024,
  logLines: 500,
  lineLength: 16 * 1024,
};

export type TunnelHeaders = Readonly<Record<string, string>>;

/** Frames of one exchange. `id`: odd ones are opened by the platform, even ones by the machine. */
export type StreamFrame =
  | {
      readonly type: "request";
      readonly id: number;
      readonly method: string;
      readonly path: string;
      readonly headers: TunnelHeaders;
    }
  | { readonly type: "response"; readonly id: number; readonly status: number; readonly headers: TunnelHeaders }
  /** The sender's body is whole. */
  | { readonly type: "end"; readonly id: number }
  /** The exchange is over for both, whatever is under way. */
  | { readonly type: "cancel"; readonly id: number; readonly reason: string }
  /** The reader has taken so many bytes: as many more may come. */
  | { readonly type: "window"; readonly id: number; readonly bytes: number };

export interface TunnelLogLine {
  /** Milliseconds since 1970 by the machine's clock. */
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** Frames of the link itself. What is `unknown` is checked by whoever takes it up. */
export type LinkFrame =
  /** The machine's first. */
  | {
      readonly type: "hello";
      readonly version: number;
      /** Absent: as the card says. */
      readonly name?: string;
      /** Of this run of `a2a dev`, unguessable: who has it goes on where a lost link was. */
      readonly session: string;
      readonly machine: string;
      readonly takeOver: boolean;
      readonly card: unknown;
      readonly config?: unknown;
    }
  /** The platform's answer. `at`: its clock, to be answered with `clock` at once. */
  | {
      readonly type: "welcome";
      readonly version: number;
      readonly agent: string;
      readonly release: string;
      readonly link: string;
      readonly url: string;
      readonly at: number;
    }
  /** `sentAt` repeats the platform's, `at` is the machine's clock then. */
  | { readonly type: "clock"; readonly sentAt: number; readonly at: number }
  /** The agent was loaded again. */
  | { readonly type: "update"; readonly card: unknown; readonly config?: unknown }
  | { readonly type: "updated"; readonly release: string }
  /** The update's card is not taken: the one before stays. */
  | { readonly type: "refused"; readonly reason: string; readonly message: string }
  | { readonly type: "log"; readonly lines: readonly TunnelLogLine[]; readonly dropped: number }
  /** Why the link ends, said before it is closed. */
  | { readonly type: "close"; readonly reason: string; readonly message: string; readonly hint?: string };

export type TunnelFrame = StreamFrame | LinkFrame;

/** What came is not the protocol: the link is closed with this as the reason. */
export class TunnelViolation extends Error {
  override readonly name = "TunnelViolation";
}

/** The bytes of one exchange: its id in four bytes, most significant first, then the bytes. */
export function encodeChunk(id: number, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, id);
  frame.set(bytes, 4);
  return frame;
}

/** @throws TunnelViolation */
export function decodeChunk(frame: Uint8Array): { readonly id: number; readonly bytes: Uint8Array } {
  if (frame.length < 5 || new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0) === 0)
    throw new TunnelViolation("a binary frame has an id and at least one byte");
  if (frame.length > 4 + TUNNEL_LIMITS.chunkBytes) {
    throw new TunnelViolation(`a binary frame carries at most ${TUNNEL_LIMITS.chunkBytes} bytes`);
  }
  const id = new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0);
  return { id, bytes: frame.subarray(4) };
}

export function encodeFrame(frame: TunnelFrame): string {
  return JSON.stringify(frame);
}
