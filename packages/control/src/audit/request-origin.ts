import { AsyncLocalStorage } from "node:async_hooks";
import type { AuditOrigin, AuditStore } from "@berth/store";

/** Where the request that is being served came from, for whatever it makes the platform write down. */
export interface RequestOrigin extends AuditOrigin {
  /** Agents that passed the call on. */
  readonly actors?: readonly string[];
}

// Handed through every use case it would be a parameter of nearly every function, and the one that forgets it would
// write entries that say less.
const current = new AsyncLocalStorage<RequestOrigin>();

export function withRequestOrigin<T>(origin: RequestOrigin, work: () => T): T {
  return current.run(origin, work);
}

/** The same audit log; what is appended while a request is served says where that came from. */
export function withOrigin(audit: AuditStore): AuditStore {
  return {
    async append(entry) {
      const { actors, ...from } = current.getStore() ?? {};
      const said = Object.keys(from).length === 0 ? {} : { from };
      return await audit.append({ ...said, ...(actors === undefined ? {} : { actors }), ...entry });
    },
    find: async (orgId, auditId) => await audit.find(orgId, auditId),
    list: async (orgId, limit) => await audit.list(orgId, limit),
    query: async (orgId, filter, page) => await audit.query(orgId, filter, page),
  };
}
