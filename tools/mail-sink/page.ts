import { createHash } from 'node:crypto';
import type { Mail } from './box.ts';

const escape = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1c2330; background: #fafbfc }
details { background: #fff; border: 1px solid #dfe3e8; border-radius: 6px; margin: .4rem 0; padding: .5rem .8rem }
summary { display: flex; gap: 1rem; cursor: pointer } summary span { margin-left: auto; color: #5b6675 } time { color: #5b6675 }
pre { white-space: pre-wrap; font: inherit; margin: .8rem 0 .2rem }
`;

/** Mails are anybody's text: beside this style nothing in the page does anything. */
export const MAIL_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function mailPage(mails: Mail[], received: number): string {
  const rows = mails.map(
    ({
      to,
      subject,
      text,
      receivedAt,
    }) => `<details><summary><time>${receivedAt.slice(11, 19)}</time><b>${escape(subject)}</b><span>${escape(to)}</span></summary>
<pre>${escape(text)}</pre></details>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mails of order-saga</title><meta http-equiv="refresh" content="5">
<style>${STYLE}</style></head><body>
<h1>Mails</h1><p>${received} received; nothing is delivered to anybody. The last 1,000 are shown, newest first.</p>
${rows.join('\n') || '<p>None yet: place an order.</p>'}
</body></html>`;
}
