import type { Attachment } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import { TUNNEL_VERSION, Tunnel, TunnelViolation } from "@berth/protocol/wire/tunnel";
import type { LinkFrame, TunnelRequest, TunnelResponse } from "@berth/protocol/wire/tunnel";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { agentAddress } from "../platform/agent-address.ts";
import { CloseCode } from "./server-socket.ts";
import type { ServerSocket } from "./server-socket.ts";

const HELLO_MS = 10_000;
/** Cards that may wait to be looked at: an editor that saves in a loop saves for nothing. */
const MAX_UPDATES = 4;

type Frame<T extends LinkFrame["type"]> = LinkFrame & { readonly type: T };

/**
 * One machine's connection. Life: 1. the machine says hello; 2. it is attached and welcomed; 3. calls go there, log
 * lines, updates and what the agent asks come from there; 4. either side closes, saying why.
 */
export class AttachSession {
  readonly #edge: Edge;
  readonly #exchange: Exchange;
  readonly #socket: ServerSocket;
  readonly #tunnel: Tunnel;
  readonly #over = Promise.withResolvers<void>();
  #attachment: Attachment | undefined;
  #greeted = false;
  #updates = 0;
  #updating: Promise<void> = Promise.resolve();

  constructor(edge: Edge, exchange: Exchange, socket: ServerSocket) {
    this.#edge = edge;
    this.#exchange = exchange;
    this.#socket = socket;
    this.#tunnel = new Tunnel({
      side: "platform",
      send: (data) => void socket.send(data),
      serve: async (request, signal) => await this.#serve(request, signal),
      onLinkFrame: (frame) => this.#take(frame),
      onViolation: ({ message }) => this.#close("VIOLATION", `The machine does not speak the protocol: ${message}.`),
    });
  }

  /** Resolves when the connection is gone. */
  async run(): Promise<void> {
    const late = setTimeout(() => this.#close("TIMED_OUT", "No hello came."), HELLO_MS);
    this.#socket.signal.addEventListener(
      "abort",
      () => {
        clearTimeout(late);
        this.#tunnel.close("the connection was closed");
        this.#over.resolve();
      },
      { once: true },
    );
    this.#socket.onMessage((data) => {
      if (this.#greeted) clearTimeout(late);
      this.#tunnel.receive(data);
    });
    await this.#over.promise;
  }

  /** @throws TunnelViolation */
  #take(frame: LinkFrame): void {
    if (frame.type === "hello") {
      if (this.#greeted) throw new TunnelViolation("hello is said once");
      this.#greeted = true;
      void this.#attach(frame);
      return;
    }
    const attachment = this.#attachment;
    if (frame.type === "close") {
      attachment?.detach();
      this.#socket.close(CloseCode.Normal, "detached");
      return;
    }
    if (attachment === undefined) throw new TunnelViolation(`${frame.type} came before the welcome`);
    if (frame.type === "log") attachment.log(frame.lines, frame.dropped);
    else if (frame.type === "clock") attachment.setClock(skewOf(frame, Date.now()));
    else if (frame.type === "update") this.#update(attachment, frame);
    else throw new TunnelViolation(`${frame.type} is not the machine's to say`);
  }

  async #attach({ version, name, session, machine, takeOver, card, config }: Frame<"hello">): Promise<void> {
    const { control } = this.#edge;
    try {
      if (version !== TUNNEL_VERSION) {
        throw new PlatformError(
          "VERSION_NOT_SUPPORTED",
          `This platform speaks version ${TUNNEL_VERSION} of the tunnel.`,
        );
      }
      const request = {
        ...(name === undefined ? {} : { name }),
        card,
        ...(config === undefined ? {} : { config }),
        session,
        machine,
        takeOver,
      };
      const attachment = await control.attached.attach(this.#exchange.principal, request, {
        request: async (asked, signal) => await this.#tunnel.request(asked, signal),
        closed: this.#over.promise,
        close: (reason) => this.#close("REPLACED", `The link was ended: ${reason}.`),
      });
      this.#attachment = attachment;
      this.#tunnel.sendFrame({
        type: "welcome",
        version: TUNNEL_VERSION,
        agent: attachment.agent,
        release: attachment.release,
        link: attachment.linkId,
        url: `${agentAddress(this.#edge, attachment.agent)}/`,
        at: Date.now(),
      });
    } catch (thrown) {
      const { reason, message, hint } = toPlatformError(thrown, this.#exchange, this.#edge.log);
      this.#close(reason, message, hint);
    }
  }

  /** One after the other, in the order in which the files were saved. @throws TunnelViolation */
  #update(attachment: Attachment, { card, config }: Frame<"update">): void {
    if (this.#updates >= MAX_UPDATES) throw new TunnelViolation("updates come faster than they can be taken");
    this.#updates += 1;
    this.#updating = this.#updating.then(async () => {
      const { principal, remoteAddress } = this.#exchange;
      try {
        await this.#edge.control.limits.admit({ principal, remoteAddress }, "write");
        await attachment.update({ card, ...(config === undefined ? {} : { config }) });
        this.#tunnel.sendFrame({ type: "updated", release: attachment.release });
      } catch (thrown) {
        const { reason, message } = toPlatformError(thrown, this.#exchange, this.#edge.log);
        this.#tunnel.sendFrame({ type: "refused", reason, message });
      } finally {
        this.#updates -= 1;
      }
    });
  }

  async #serve(request: TunnelRequest, signal: AbortSignal): Promise<TunnelResponse> {
    const attachment = this.#attachment;
    if (attachment === undefined) throw new Error("not attached yet");
    return await attachment.services(request, signal);
  }

  #close(reason: string, message: string, hint?: string): void {
    this.#tunnel.sendFrame({ type: "close", reason, message, ...(hint === undefined ? {} : { hint }) });
    this.#socket.close(CloseCode.PolicyViolation, reason);
  }
}

/** As NTP has it (RFC 5905 §8): the answer was half a round trip on its way. */
function skewOf({ sentAt, at }: Frame<"clock">, now: number): number {
  const roundTripMs = Math.max(0, now - sentAt);
  return at - (sentAt + roundTripMs / 2);
}
