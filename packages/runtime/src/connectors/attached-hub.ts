import type { RequestListener } from "node:http";
import type { ServicesPeer } from "../agent-services.ts";
import type { LogLine } from "../runtime.ts";
import type { AttachedEnd, AttachedHub, AttachedLink, AttachedPeer } from "./attached-link.ts";
import type { AttachedLinks } from "./attached-links.ts";
import { AttachedServices } from "./attached-services.ts";

/** Puts links, services and log lines of attached agents together. */
export function createAttachedHub({
  links,
  services,
  append,
}: {
  readonly links: AttachedLinks;
  /** The listener of one peer's services socket. */
  readonly services: (peer: ServicesPeer) => RequestListener;
  readonly append: (line: LogLine, whose: Pick<ServicesPeer, "orgId" | "agentName">, byPlatform: boolean) => void;
}): AttachedHub {
  return {
    view: (agentId) => links.view(agentId),
    assertReachable: (agentId) => links.assertReachable(agentId),
    connect(peer: AttachedPeer, link: AttachedLink): AttachedEnd {
      const { orgId, agentId, agentName, instanceId } = peer;
      let { releaseId } = peer;
      const open = (): AttachedServices =>
        new AttachedServices(services({ orgId, agentId, agentName, releaseId, instanceId }));
      let answering = open();
      let over = false;
      links.connect(peer, link);
      return {
        services: async (request, signal) => await answering.request(request, signal),
        print: ({ byPlatform = false, ...line }) => {
          append({ ...line, agentId, releaseId, instanceId }, { orgId, agentName }, byPlatform);
        },
        released: (next) => {
          releaseId = next;
          answering = open();
        },
        end: (how) => {
          if (over) return;
          over = true;
          links.end(agentId, link, how);
          answering.close();
        },
      };
    },
  };
}
