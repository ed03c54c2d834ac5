import type { ErrorOut, KoaContextWithOIDC } from "oidc-provider";
import { html, pageHeaders } from "./html.ts";
import type { Html } from "./html.ts";
import { deviceConfirmPage, devicePage, messagePage } from "./pages.ts";

interface DevicePages {
  userCodeInputSource(ctx: KoaContextWithOIDC, form: string, out?: ErrorOut, error?: Error): Promise<void>;
  userCodeConfirmSource(
    ctx: KoaContextWithOIDC,
    form: string,
    client: { readonly clientName?: string | undefined; readonly clientId: string },
    deviceInfo: { readonly [name: string]: unknown },
    userCode: string,
  ): Promise<void>;
  successSource(ctx: KoaContextWithOIDC): Promise<void>;
}

/**
 * A code is worth nothing before somebody has typed it, confirmed the device, and signed in; the library ties it to that
 * browser's session then, and refuses it to every other.
 */
export function devicePages(): DevicePages {
  return {
    async userCodeInputSource(ctx, form, _out, error) {
      ctx.set({ ...pageHeaders() });
      ctx.body = devicePage({ form: ownForm(form), code: typedCode(ctx), wrong: problemOf(error) });
    },
    async userCodeConfirmSource(ctx, form, client, deviceInfo, code) {
      ctx.set({ ...pageHeaders() });
      const { ip } = deviceInfo;
      const place = typeof ip === "string" ? ip : "somewhere";
      const clientName = client.clientName ?? client.clientId;
      ctx.body = deviceConfirmPage({ form: ownForm(form, code), clientName, code, place });
    },
    async successSource(ctx) {
      ctx.set({ ...pageHeaders() });
      ctx.body = messagePage("Done", "Your device is signed in. You can close this page.");
    },
  };
}

/** Ours instead of the library's, whose fields have scripts in them; the secret in it is the session's. */
function ownForm(form: string, code?: string): Html {
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? "";
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? "";
  const known = code === undefined ? undefined : html`<input type="hidden" name="user_code" value="${code}" />`;
  return html`<form id="device" method="post" action="${new URL(action).pathname}">
    <input type="hidden" name="xsrf" value="${xsrf}" />${known}
  </form>`;
}

/** From the address that a device shows; attacker-controlled, so it is only put into the field. */
function typedCode(ctx: KoaContextWithOIDC): string {
  const url = "originalUrl" in ctx.req ? String(ctx.req.originalUrl) : "";
  const code = new URL(url, "http://localhost").searchParams.get("user_code") ?? "";
  return /^[A-Za-z0-9 -]{1,20}$/.test(code) ? code : "";
}

function problemOf(error: object | undefined): string | undefined {
  if (error === undefined) return undefined;
  const name = "name" in error ? error.name : undefined;
  if (name === "AbortedError") return "You have refused the device.";
  if (name === "ExpiredError") return "The code has expired. Start again on the device.";
  return "This is no code of a device that waits. Look at the device again.";
}
