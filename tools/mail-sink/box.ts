/** The mails that came: the last 1,000, in memory, as they came. Parsed when somebody reads them. */
import PostalMime from 'postal-mime';

export type Mail = { id: number; to: string; subject: string; text: string; receivedAt: string };
type Kept = { id: number; to: string; raw: Buffer; receivedAt: string };

const KEEP = 1_000;

export function mailBox() {
  let mails: Kept[] = [];
  let received = 0;
  return {
    /** Ever, forgotten ones too. */
    received: () => received,
    take(to: string, raw: Buffer): void {
      mails.push({ id: ++received, to, raw, receivedAt: new Date().toISOString() });
      if (mails.length > KEEP) mails.shift();
    },
    /** Newest first. What is no mail at all is shown as the text that it is. */
    read(to: string | null): Promise<Mail[]> {
      const chosen = mails.filter((mail) => to === null || mail.to === to).toReversed();
      return Promise.all(chosen.map(parsed));
    },
    /** Those whose Message-ID has that in it. */
    forget(part: string): void {
      mails = mails.filter(({ raw }) => !messageIdOf(raw).includes(part));
    },
  };
}

async function parsed({ raw, ...mail }: Kept): Promise<Mail> {
  const { subject = '', text = '' } = await PostalMime.parse(raw).catch(() => ({
    subject: undefined,
    text: raw.toString('utf8'),
  }));
  return { ...mail, subject, text };
}

/** Its line may be folded; empty: it has none. */
function messageIdOf(raw: Buffer): string {
  const [head = ''] = raw.toString('latin1').split('\r\n\r\n', 1);
  return /^message-id:\s*<([^>]*)>/im.exec(head)?.[1] ?? '';
}
