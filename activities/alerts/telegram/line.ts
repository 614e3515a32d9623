/** A line of a message in two forms: escaped for Telegram's HTML mode, and plain, without tags. */
export interface Line {
  readonly html: string;
  readonly plain: string;
}

/** A line of plain text. */
export function textLine(text: string): Line {
  return { html: escaped(text), plain: text };
}

/** A line in bold type. */
export function boldLine(text: string): Line {
  return { html: `<b>${escaped(text)}</b>`, plain: text };
}

/** `label: code`, or the code alone. A tap copies the code. */
export function codeLine(code: string, label?: string): Line {
  const before = label === undefined ? '' : `${label}: `;
  return { html: `${escaped(before)}<code>${escaped(code)}</code>`, plain: `${before}${code}` };
}

/** A quotation that shows its first lines and can be expanded. */
export function quoteLine(text: string): Line {
  return { html: `<blockquote expandable>${escaped(text)}</blockquote>`, plain: text };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
