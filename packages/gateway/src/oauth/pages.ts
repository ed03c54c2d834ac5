import { INVOKE_SCOPE, PLATFORM_SCOPE } from "@berth/control";
import { html, page } from "./html.ts";
import type { Html } from "./html.ts";

export interface LoginPage {
  /** Where its forms go, without a trailing slash. */
  readonly action: string;
  readonly clientName: string;
  /** Who is signed in to the console already. */
  readonly signedInAs?: string | undefined;
  /** Another provider that signs people in. */
  readonly upstream?: { readonly name: string; readonly href: string } | undefined;
  readonly wrong?: string | undefined;
}

export function loginPage({ action, clientName, signedInAs, upstream, wrong }: LoginPage): string {
  return page(
    "Sign in",
    html`<p><strong>${clientName}</strong> wants to work with this platform in your name.</p>
      ${problem(wrong)}${
        signedInAs === undefined
          ? undefined
          : html`<form method="post" action="${action}/login">
                <input type="hidden" name="use" value="session" /><button>Go on as ${signedInAs}</button>
              </form>
              <hr />`
      }${
        upstream === undefined
          ? undefined
          : html`<p><a href="${upstream.href}">Sign in with ${upstream.name}</a></p>
              <hr />`
      }
      <form method="post" action="${action}/login">
        <label for="email">Email</label
        ><input id="email" name="email" type="email" autocomplete="username" required /><label for="password"
          >Password</label
        ><input id="password" name="password" type="password" autocomplete="current-password" required /><button>
          Sign in
        </button>
      </form>
      <hr />
      <form method="post" action="${action}/login">
        <label for="key">Or an API key</label
        ><input id="key" name="key" type="password" autocomplete="off" required /><button>Use this key</button>
      </form>
      <form method="post" action="${action}/abort"><button>Cancel</button></form>`,
  );
}

export interface ConsentPage {
  readonly action: string;
  readonly clientName: string;
  /** A client that says about itself who it is: the address says more than the name. */
  readonly clientHost?: string | undefined;
  /** Where the answer goes; absent: to a device. */
  readonly redirectUri?: string | undefined;
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly who: string;
  readonly orgId: string;
}

export function consentPage(consent: ConsentPage): string {
  const { action, clientName, clientHost, redirectUri, resource, scopes, who, orgId } = consent;
  return page(
    `Allow ${clientName}?`,
    html`<p>
        <strong>${clientName}</strong>${clientHost === undefined ? undefined : html` (<code>${clientHost}</code>)`} asks
        to:
      </p>
      <ul>
        ${scopes.map((scope) => html`<li>${inWords(scope)}</li>`)}
      </ul>
      <p>at <code>${resource}</code>, as <strong>${who}</strong> of <code>${orgId}</code>.</p>
      ${destination(redirectUri)}
      <form method="post" action="${action}/consent"><button name="answer" value="allow">Allow</button></form>
      <form method="post" action="${action}/abort"><button>Deny</button></form>`,
  );
}

function inWords(scope: string): string {
  switch (scope) {
    case INVOKE_SCOPE:
      return "call agents and see the tasks it starts";
    case PLATFORM_SCOPE:
      return "do everything on this platform that you may do";
    case "offline_access":
      return "go on when you are away, until you sign it out";
    case "openid":
    case "profile":
      return `know who you are (${scope})`;
    default:
      return `use what the agent calls "${scope}"`;
  }
}

function destination(redirectUri: string | undefined): Html | undefined {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri);
  if (url === null) return undefined;
  const isHere = url.protocol === "http:";
  return isHere
    ? html`<p class="quiet">
        The answer goes to a program on your own computer (<code>${url.host}</code>). Allow this only if you have just
        started it.
      </p>`
    : html`<p class="quiet">
        The answer goes to <code>${url.protocol === "https:" ? url.host : url.protocol}</code>.
      </p>`;
}

/** Of the library: the form is its own markup, with the session's secret in it. */
export function devicePage({ form, code, wrong }: { form: Html; code: string; wrong?: string | undefined }): string {
  return page(
    "Connect a device",
    html`<p>Enter the code that your device shows.</p>
      ${problem(wrong)}${form}<label for="user_code">Code</label
      ><input
        id="user_code"
        form="device"
        name="user_code"
        value="${code}"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
        required
      /><button form="device">Go on</button>`,
  );
}

export function deviceConfirmPage(asked: { form: Html; clientName: string; code: string; place: string }): string {
  return page(
    "Is this your device?",
    html`<p><strong>${asked.clientName}</strong> shows this code:</p>
      <p>
        <strong><code>${asked.code}</code></strong>
      </p>
      <p class="quiet">
        It asked from <code>${asked.place}</code>. If somebody sent you the code or a link, do not go on: it would let
        them act as you.
      </p>
      ${asked.form}<button form="device" name="confirm" value="yes">It is mine</button
      ><button form="device" name="abort" value="yes">It is not</button>`,
  );
}

export function messagePage(title: string, text: string): string {
  return page(title, html`<p>${text}</p>`);
}

function problem(wrong: string | undefined): Html | undefined {
  return wrong === undefined ? undefined : html`<p class="wrong" role="alert">${wrong}</p>`;
}
