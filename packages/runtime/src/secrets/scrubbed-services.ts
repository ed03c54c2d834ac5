import type { AgentServices } from "../agent-services.ts";
import type { Scrubber } from "./scrubber.ts";

/** What an agent hands to the platform, without its release's secrets: paths, files, reasons, input for other agents. */
export function scrubbedServices(services: AgentServices, scrubber: Scrubber): AgentServices {
  const { memory } = services;
  return {
    memory: {
      save: async (call, request) => await memory.save(call, scrubber.json(request)),
      search: async (call, request) => await memory.search(call, scrubber.json(request)),
      list: async (call, request) => await memory.list(call, scrubber.json(request)),
      remove: async (call, request) => await memory.remove(call, scrubber.json(request)),
    },
    list: async (call, query) => await services.list(call, scrubber.json(query)),
    read: async (call, path) => await services.read(call, scrubber.text(path)),
    write: async (call, { content, ...file }) =>
      await services.write(call, { ...scrubber.json(file), content: scrubber.bytes(content) }),
    remove: async (call, path) => await services.remove(call, scrubber.text(path)),
    currentGrant: async (call) => await services.currentGrant(call),
    requestScope: async (call, request) => await services.requestScope(call, scrubber.json(request)),
    approval: async (call, approvalId, waitMs) => await services.approval(call, approvalId, waitMs),
    callAgent: async (call, request) => await services.callAgent(call, scrubber.json(request)),
    journal: async (call, query) => await services.journal(call, query),
    writeStep: async (call, report) => await services.writeStep(call, scrubber.json(report)),
    identityToken: async (call, audience) => await services.identityToken(call, scrubber.text(audience)),
  };
}
