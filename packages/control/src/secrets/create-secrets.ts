import {
  AGENT_NAME_PATTERN,
  PlatformError,
  SECRET_NAME_PATTERN,
  invalidParams,
  isHostPattern,
  secretObjection,
} from "@berth/protocol";
import type { FieldViolation, Principal } from "@berth/protocol";
import { Scrubber } from "@berth/runtime";
import type { SecretOwner, SecretValue } from "@berth/runtime";
import type { SecretRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { openSecret, rewrapSecret, sealSecret } from "./envelope.ts";
import type { KeyEncryption } from "./key-encryption.ts";
import type { RandomBytes } from "./sealed-bytes.ts";
import { secretUsers } from "./secret-users.ts";
import type { ListedSecret, SecretAddress, SecretInfo, Secrets } from "./secrets.ts";

const MAX_SECRETS = 1_000;
const MAX_HOSTS = 32;
const REWRAP_BATCH = 100;

export interface SecretsOptions {
  readonly store: Pick<Store, "secrets" | "agents" | "audit">;
  readonly keys: KeyEncryption;
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
  readonly log?: (line: string) => void;
}

export function createSecrets(options: SecretsOptions): Secrets {
  return new SealedSecrets(options);
}

class SealedSecrets implements Secrets {
  readonly #options: SecretsOptions;

  constructor(options: SecretsOptions) {
    this.#options = options;
  }

  async put(
    principal: Principal,
    address: SecretAddress,
    { value, hosts }: { readonly value: string; readonly hosts?: readonly string[] },
  ): Promise<SecretInfo> {
    authorize(principal, "secret.manage");
    assertMayReach(principal, address);
    const { store, now, keys, randomBytes } = this.#options;
    assertFits(address, { value, hosts });
    const { orgId } = principal;
    const known = await store.secrets.list(orgId);
    if (known.length >= MAX_SECRETS && !known.some((secret) => isAt(secret, address))) {
      throw new PlatformError("QUOTA_EXCEEDED", `The organization has ${MAX_SECRETS} secrets, which is the most.`, {
        hint: "Remove those that no agent uses: a2a secrets shows them.",
      });
    }
    const place = {
      orgId,
      ...address,
      ...(hosts === undefined ? {} : { hosts: hosts.map((host) => host.toLowerCase()) }),
    };
    const envelope = await sealSecret(value, place, { keys, randomBytes });
    const record = { ...place, ...envelope, updatedAt: now().toISOString(), updatedBy: principal.id };
    return await this.#audited(principal, "secret.put", address, async () => toInfo(await store.secrets.put(record)));
  }

  async list(principal: Principal): Promise<readonly ListedSecret[]> {
    authorize(principal, "secret.read");
    const { store } = this.#options;
    const { orgId, agents } = principal;
    const records = await store.secrets.list(orgId);
    const visible = agents === undefined ? records : records.filter(({ agentName }) => isOneOf(agents, agentName));
    if (visible.length === 0) return [];
    const usersOf = secretUsers(records, await this.#configs(orgId));
    return visible.map((record) => {
      const users = usersOf(record);
      return {
        ...toInfo(record),
        usedBy: agents === undefined ? users : users.filter((name) => agents.includes(name)),
      };
    });
  }

  async remove(principal: Principal, address: SecretAddress): Promise<void> {
    authorize(principal, "secret.manage");
    assertMayReach(principal, address);
    const { store } = this.#options;
    const { name, agentName } = address;
    if ((await store.secrets.find(principal.orgId, name, agentName)) === undefined) {
      throw new PlatformError("SECRET_NOT_FOUND", "There is no secret of this name here.");
    }
    await this.#audited(principal, "secret.remove", address, async () => {
      await store.secrets.remove(principal.orgId, name, agentName);
    });
  }

  async value({ orgId, agentName }: SecretOwner, name: string): Promise<SecretValue | undefined> {
    const { store, keys, log } = this.#options;
    const record = (await store.secrets.find(orgId, name, agentName)) ?? (await store.secrets.find(orgId, name));
    if (record === undefined) return undefined;
    try {
      const value = await openSecret(record, record, keys);
      return { value, ...(record.hosts === undefined ? {} : { hosts: record.hosts }) };
    } catch (error) {
      log?.(`the secret ${name} of ${orgId} cannot be opened: ${String(error)}`);
      throw new PlatformError("INTERNAL", `The secret ${name} cannot be opened.`, { cause: error });
    }
  }

  async scrubberOf(orgId: string): Promise<Scrubber> {
    const { store, keys, log } = this.#options;
    const scrubber = new Scrubber();
    for (const record of await store.secrets.list(orgId)) {
      try {
        scrubber.learn(record.name, await openSecret(record, record, keys));
      } catch (error) {
        log?.(`the secret ${record.name} of ${orgId} cannot be opened: ${String(error)}`);
      }
    }
    return scrubber;
  }

  async rewrap(): Promise<number> {
    const { store, keys, log } = this.#options;
    let done = 0;
    for (;;) {
      const batch = await store.secrets.notUnderKey(keys.keyId, REWRAP_BATCH);
      let moved = 0;
      for (const record of batch) {
        try {
          if (await store.secrets.reseal({ ...record, ...(await rewrapSecret(record, record, keys)) })) moved += 1;
        } catch (error) {
          log?.(`the secret ${record.name} of ${record.orgId} stays under its master key: ${String(error)}`);
        }
      }
      done += moved;
      // Nothing moved: what is left cannot be.
      if (moved === 0 || batch.length < REWRAP_BATCH) return done;
    }
  }

  async #configs(orgId: string): Promise<Parameters<typeof secretUsers>[1]> {
    const { store } = this.#options;
    const found = [];
    let token: string | undefined;
    do {
      const page = await store.agents.list({ orgId }, { size: 100, ...(token === undefined ? {} : { token }) });
      found.push(...page.agents.map(({ agent, release }) => ({ agentName: agent.name, config: release.config })));
      token = page.nextPageToken;
    } while (token !== undefined);
    return found;
  }

  async #audited<T>(
    { orgId, id }: Principal,
    action: string,
    { name, agentName }: SecretAddress,
    act: () => Promise<T>,
  ): Promise<T> {
    const { store, now } = this.#options;
    const resource = agentName === undefined ? name : `${agentName}/${name}`;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" } as const;
    return await audited(store.audit, entry, act);
  }
}

function assertFits(
  { name, agentName }: SecretAddress,
  { value, hosts = [] }: { readonly value: string; readonly hosts: readonly string[] | undefined },
): void {
  const violations: FieldViolation[] = [];
  if (!SECRET_NAME_PATTERN.test(name)) {
    violations.push({ field: "name", description: "must be 1 to 64 of A-Z, 0-9 and _, beginning with a letter" });
  }
  if (agentName !== undefined && !AGENT_NAME_PATTERN.test(agentName)) {
    violations.push({ field: "agent", description: "must be an agent's name" });
  }
  const objection = secretObjection(value);
  for (const [index, host] of hosts.slice(0, MAX_HOSTS + 1).entries()) {
    if (isHostPattern(host) && index < MAX_HOSTS) continue;
    const description = `must be host, host:port or *.host, at most ${MAX_HOSTS} of them`;
    violations.push({ field: `hosts[${index}]`, description });
  }
  if (objection !== undefined) violations.push({ field: "value", description: objection });
  if (violations.length > 0) throw invalidParams(violations);
}

/** Other agents, and what all agents share, do not exist for such a credential. */
function assertMayReach({ agents }: Principal, { agentName }: SecretAddress): void {
  if (agents === undefined || isOneOf(agents, agentName)) return;
  throw new PlatformError("PERMISSION_DENIED", `This key may set secrets of ${agents.join(", ")} only.`, {
    hint: "Name the agent: `a2a secrets set NAME --agent AGENT`.",
  });
}

function isOneOf(agents: readonly string[], agentName: string | undefined): boolean {
  return agentName !== undefined && agents.includes(agentName);
}

function isAt(secret: SecretAddress, { name, agentName }: SecretAddress): boolean {
  return secret.name === name && secret.agentName === agentName;
}

function toInfo({ name, agentName, hosts, version, updatedAt, updatedBy }: SecretRecord): SecretInfo {
  return {
    name,
    ...(agentName === undefined ? {} : { agentName }),
    ...(hosts === undefined ? {} : { hosts }),
    version,
    updatedAt,
    updatedBy,
  };
}
