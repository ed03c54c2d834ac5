import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, path } from "../../api/client.ts";

export type TrafficChange =
  | { readonly verb: "promote"; readonly release: string }
  | { readonly verb: "rollback" }
  | { readonly verb: "split"; readonly shares: readonly { readonly release: string; readonly percent: number }[] };

/** Moves traffic, only from what was seen: somebody else's change in between is refused with STORE_CONFLICT. */
export function useTrafficChange(name: string, version: number | undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (change: TrafficChange) => {
      const headers = version === undefined ? {} : { "If-Match": `"${version}"` };
      if (change.verb === "split") {
        return await api(path`/v1/agents/${name}/traffic`, { method: "PUT", body: { shares: change.shares }, headers });
      }
      const body = change.verb === "promote" ? { release: change.release } : {};
      return await api(path`/v1/agents/${name}/${change.verb}`, { method: "POST", body, headers });
    },
    onSettled: async () => await queries.invalidateQueries({ queryKey: ["agents"] }),
  });
}
