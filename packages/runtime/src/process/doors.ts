import { chmod, chown } from "node:fs/promises";
import type { OpenContext } from "../driver/cage.ts";
import { describeDenial } from "../egress/egress-denial.ts";
import { openEgressProxy } from "../egress/egress-proxy.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { openServicesSocket } from "../services/services-socket.ts";
import type { CageFolder } from "./cage-folder.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Sidecar } from "./sidecar.ts";

export interface JailHost {
  readonly home: string;
  readonly facts: HostFacts;
  readonly network: EgressNetwork | undefined;
  /** For programs with a root of their own; made when the first is started. */
  readonly sidecar: () => Promise<Sidecar>;
}

export interface DoorPlace {
  readonly host: Pick<JailHost, "network"> & { readonly facts: Pick<HostFacts, "uids"> };
  readonly folder: CageFolder;
  readonly ownerUid: number;
}

export function hasWayOut({ egress, upstreams, usesModels }: ReleaseSpec): boolean {
  return usesModels === true || egress.length > 0 || Object.keys(upstreams ?? {}).length > 0;
}

/**
 * The sockets of one instance, in the folder it cannot write to and for its uid alone: who connects is this instance.
 * A jail that runs already finds them as one that is made now does.
 */
export async function openDoors(place: DoorPlace, spec: ReleaseSpec, context: OpenContext): Promise<void> {
  await Promise.all([
    hasWayOut(spec) ? openWayOut(place, spec, context) : undefined,
    context.services === undefined ? undefined : openServices(place, context),
  ]);
}

export async function handOverSocket(socketPath: string, { host, ownerUid }: DoorPlace): Promise<void> {
  await chmod(socketPath, 0o600);
  if (host.facts.uids !== undefined) await chown(socketPath, ownerUid, ownerUid);
}

async function openWayOut(place: DoorPlace, spec: ReleaseSpec, context: OpenContext): Promise<void> {
  const { host, folder } = place;
  const proxy = await openEgressProxy(folder.egressSocket, {
    allow: spec.egress,
    ...(spec.upstreams === undefined ? {} : { upstreams: spec.upstreams }),
    ...(context.secrets === undefined ? {} : { secrets: context.secrets }),
    ...(context.services === undefined ? {} : { services: context.services }),
    onDecision: (decision) => {
      context.onEgress(decision);
      if (decision.decision === "denied") {
        context.output.note(describeDenial(decision), "stderr");
      }
    },
    ...(host.network === undefined ? {} : { network: host.network }),
  });
  context.stack.defer(() => proxy.close());
  await handOverSocket(folder.egressSocket, place);
}

async function openServices(place: DoorPlace, { services, stack }: OpenContext): Promise<void> {
  if (services === undefined) return;
  const socket = await openServicesSocket(place.folder.servicesSocket, services);
  stack.defer(() => socket.close());
  await handOverSocket(place.folder.servicesSocket, place);
}
