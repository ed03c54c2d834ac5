import type { AttachedEnd, AttachedLink, LinkRequest, LinkResponse } from "@berth/runtime";
import type { AgentWithRelease } from "@berth/store";
import type { TunnelLogLine } from "@berth/protocol/wire/tunnel";
import type { AttachRequest, Attachment } from "./attached-agents.ts";

export interface OpenAttachmentOptions {
  readonly agent: AgentWithRelease;
  readonly linkId: string;
  readonly link: AttachedLink;
  readonly end: AttachedEnd;
  readonly now: () => Date;
  /** The agent as it is then. */
  readonly update: (
    described: Pick<AttachRequest, "card" | "config">,
    current: AgentWithRelease,
  ) => Promise<AgentWithRelease>;
  readonly onClock: (skewMs: number) => void;
  readonly onOver: () => void;
}

/** One machine's connection from its welcome to its end. */
export function openAttachment(options: OpenAttachmentOptions): Attachment {
  const attachment = new LinkAttachment(options);
  void options.link.closed.then(() => {
    options.end.end("lost");
    options.onOver();
  });
  return attachment;
}

/** Further off than this a machine's clock says nothing: then lines have the time at which they came. */
const MAX_SKEW_MS = 86_400_000;

class LinkAttachment implements Attachment {
  readonly linkId: string;
  readonly #options: OpenAttachmentOptions;
  #agent: AgentWithRelease;
  #skewMs = 0;

  constructor(options: OpenAttachmentOptions) {
    this.#options = options;
    this.#agent = options.agent;
    this.linkId = options.linkId;
  }

  get agent(): string {
    return this.#agent.agent.name;
  }

  get release(): string {
    return this.#agent.release.releaseId;
  }

  async update(described: Pick<AttachRequest, "card" | "config">): Promise<void> {
    const next = await this.#options.update(described, this.#agent);
    if (next.release.releaseId === this.release) return;
    this.#agent = next;
    this.#options.end.released(this.release);
  }

  setClock(skewMs: number): void {
    this.#skewMs = Math.round(skewMs);
    this.#options.onClock(this.#skewMs);
  }

  log(lines: readonly TunnelLogLine[], dropped: number): void {
    const { end, now } = this.#options;
    const nowMs = now().getTime();
    for (const { at, stream, text } of lines) {
      end.print({ at: new Date(this.#ourTime(at, nowMs)).toISOString(), stream, text });
    }
    if (dropped === 0) return;
    const text = `[berth] ${dropped} lines came faster than the link could carry them`;
    end.print({ at: new Date(nowMs).toISOString(), stream: "stderr", text, byPlatform: true });
  }

  async services(request: LinkRequest, signal: AbortSignal): Promise<LinkResponse> {
    return await this.#options.end.services(request, signal);
  }

  detach(): void {
    this.#options.end.end("detached");
  }

  #ourTime(at: number, nowMs: number): number {
    const ours = at - this.#skewMs;
    return Math.abs(ours - nowMs) > MAX_SKEW_MS ? nowMs : ours;
  }
}
