/** What to do next in the page. Pure. */
export const inThePage = (url: string): string => `Open ${url} and try:
  a declined card   Overview, "A declined card": watch what was reserved being given back
  step through      in a story, ◀ and ▶ go back and forth in its time; ?at=9 is a link to that moment
  why               open a message: its cause, its effects, who read it, its payload; "causes" shows all as a tree
  cancel            Shop: place one with a good card, then cancel it: a second saga undoes the first
  find              press / and type any id, or its last eight characters`;
