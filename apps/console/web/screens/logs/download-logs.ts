import { search, send } from "../../api/client.ts";

/** Up to 100,000 lines that fit, the newest first, a JSON document each. @throws ApiError */
export async function downloadLogs(query: string): Promise<void> {
  const response = await send(`/v1/logs${search({ q: query })}`, { headers: { Accept: "application/x-ndjson" } });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = "logs.ndjson";
  link.click();
  URL.revokeObjectURL(url);
}
