import { matchesUrlPath } from "@berth/protocol";
import type { EgressRule, HttpEgressRule } from "@berth/protocol";
import type { AskedRequest } from "./egress-denial.ts";
import { HostAllowlist } from "./host-allowlist.ts";
import type { HostAndPort } from "./host-allowlist.ts";

const HTTP_PORT = 80;

/** What a release may connect to. */
export class EgressRules {
  readonly #connections: HostAllowlist;
  readonly #requests: readonly { readonly hosts: HostAllowlist; readonly rule: HttpEgressRule }[];

  constructor(rules: readonly EgressRule[]) {
    this.#connections = new HostAllowlist(rules.filter((rule) => typeof rule === "string"));
    this.#requests = rules
      .filter((rule) => typeof rule !== "string")
      .map((rule) => ({ hosts: new HostAllowlist([rule.host], HTTP_PORT), rule }));
  }

  /** Every connection, whatever is said on it. */
  allows(target: HostAndPort): boolean {
    return this.#connections.allows(target);
  }

  /** Some requests, so what is said has to be read. */
  readsRequests(target: HostAndPort): boolean {
    return this.#requests.some(({ hosts }) => hosts.allows(target));
  }

  allowsRequest(target: HostAndPort, { method, pathname }: AskedRequest): boolean {
    return this.#requests.some(
      ({ hosts, rule: { methods, paths } }) =>
        hosts.allows(target) &&
        (methods === undefined || methods.includes(method) || methods.includes("*")) &&
        (paths === undefined || paths.some((pattern) => matchesUrlPath(pattern, pathname))),
    );
  }
}
