/** The shortest text that is taken for a part of a secret. */
export const HEAD_LENGTH = 8;

/** How a secret may stand in a text: as it is, and as programs write it when they put it into something else. */
export function formsOfSecret(value: string): readonly string[] {
  const inUrl = encodeURIComponent(value);
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    inUrl,
    inUrl.replaceAll("%20", "+"),
    inUrl.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    Buffer.from(value).toString("hex"),
    ...base64Forms(value),
  ];
  return [...new Set(forms)].filter((form) => form.length >= HEAD_LENGTH);
}

/**
 * What base64 makes of the value wherever it stands in the bytes, such as behind `user:`: by the three ways its bytes
 * can fall into groups of three, only the characters that no neighbour has a part in.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    const core = shifted.slice(from, to);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
