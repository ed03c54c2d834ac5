/** What `a2a dev` has to tell; with `--json` each is a line. */
export type DevEvent =
  | {
      readonly event: "attached";
      readonly agent: string;
      readonly release: string;
      readonly url: string;
      readonly link: string;
    }
  | { readonly event: "started"; readonly entry: string; readonly port: number; readonly ms: number }
  | { readonly event: "reloading"; readonly file: string; readonly calls: number }
  | { readonly event: "updated"; readonly release: string }
  | { readonly event: "refused"; readonly reason: string; readonly message: string }
  | {
      readonly event: "call";
      readonly method: string;
      readonly path: string;
      /** Of JSON-RPC. */
      readonly rpc?: string;
      /** `0`: it was not answered. */
      readonly status: number;
      readonly ms: number;
    }
  | { readonly event: "log"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly event: "disconnected"; readonly why: string; readonly retryMs: number }
  | { readonly event: "stopped"; readonly why: string }
  | { readonly event: "detached"; readonly agent: string };

export type Tell = (event: DevEvent) => void;
